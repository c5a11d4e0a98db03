import type { Families } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import type { Line } from '../exposition/lines.ts'
import { parseLine } from '../exposition/parse.ts'
import type { PolicyDecision } from '../policy/policy-set.ts'
import type { SeriesPolicies } from '../policy/series-policies.ts'
import type { LineOutput } from './output.ts'
import type { OutputProgram } from './output-program.ts'
import { lineEnds, type Program } from './program.ts'
import type { ScrapeLimits } from './scrape-limits.ts'
import type { SlicePool } from './slice-pool.ts'
import { emptyOutputStats, type OutputStats, type ScrapeStats } from './stats.ts'
import { END_MARKER, OutputWriter } from './writer.ts'

/** Bytes with which no sample begins, or not at once: newline, blanks, and the hash of comments and metadata. */
const NOT_A_SAMPLE: ReadonlySet<number | undefined> = new Set([0x0a, 0x09, 0x20, 0x23])

/** Makes an output; `index` counts them, the main output being 0. */
export type OpenOutput<Output> = (
  program: OutputProgram,
  index: number,
  writer: OutputWriter,
  stats: OutputStats,
) => Output

/** ScrapeStats while they are counted. */
type FrameStats = { -readonly [Key in Exclude<keyof ScrapeStats, 'main' | 'subsets'>]: ScrapeStats[Key] } & {
  readonly main: OutputStats
  readonly subsets: Map<string, OutputStats>
}

/** The parts of a scrape that do not depend on how samples are read: limits, counts, lines that are no samples. */
export class ScrapeFrame<Output extends LineOutput> {
  readonly stats: FrameStats = {
    bytesIn: 0,
    samplesIn: 0,
    malformedLines: 0,
    duplicateSamples: 0,
    policyDroppedSamples: 0,
    truncatedInput: false,
    limitedSamples: 0,
    main: emptyOutputStats(),
    subsets: new Map(),
  }
  readonly main: Output
  /** The main output and the subsets, in the order of the decisions. */
  readonly outputs: readonly Output[]
  /** The counts of each. */
  readonly outputStats: readonly OutputStats[]
  readonly #subsets = new Map<string, Output>()
  readonly #format: ExpositionFormat
  readonly #limits: ScrapeLimits
  readonly #pool: SlicePool
  readonly #policies: SeriesPolicies
  /** Samples by what policies decided about them. */
  readonly #policyCounts = new Map<PolicyDecision, number>()
  /** Whether the end marker of OpenMetrics came. */
  #ended = false

  /** The memory of the outputs comes from `pool`. */
  constructor(
    program: Program,
    format: ExpositionFormat,
    limits: ScrapeLimits,
    pool: SlicePool,
    open: OpenOutput<Output>,
  ) {
    this.#format = format
    this.#limits = limits
    this.#pool = pool
    this.#policies = program.policies
    const ends = lineEnds(program, format)
    const writer = (name: string, stats: OutputStats) =>
      new OutputWriter(name, format, ends, limits, stats, pool)
    const { main } = this.stats
    this.main = open(program.main, 0, writer('the main output', main), main)
    for (const [index, subset] of program.subsets.entries()) {
      const { name } = subset
      const stats = emptyOutputStats()
      this.stats.subsets.set(name, stats)
      this.#subsets.set(name, open(subset, index + 1, writer(`subset ${name}`, stats), stats))
    }
    this.outputs = [this.main, ...this.#subsets.values()]
    this.outputStats = [main, ...this.stats.subsets.values()]
  }

  /** Counts samples about which policies have decided. */
  countPolicy(decision: PolicyDecision, samples: number): void {
    if (!decision.kept) this.stats.policyDroppedSamples += samples
    this.#policyCounts.set(decision, (this.#policyCounts.get(decision) ?? 0) + samples)
  }

  /** Tells the policies what was counted: a scrape that fails counts for nothing. */
  tellPolicies(): void {
    for (const [decision, samples] of this.#policyCounts) this.#policies.count(decision, samples)
    this.#policyCounts.clear()
  }

  /** Whether the end marker of OpenMetrics came. */
  get ended(): boolean {
    return this.#ended
  }

  /** As much of a chunk as the input limit admits. Throws LimitExceededError. */
  admit(chunk: Uint8Array): Uint8Array {
    const { inputBytesMax, onLimit } = this.#limits
    const room = inputBytesMax === 0 ? Infinity : inputBytesMax - this.stats.bytesIn
    const length = Math.min(chunk.length, room)
    if (length < chunk.length) {
      if (onLimit === 'fail') {
        throw new LimitExceededError('E_INPUT_BYTES', `the exposition is larger than ${inputBytesMax} bytes`)
      }
      this.stats.truncatedInput = true
    }
    this.stats.bytesIn += length
    return length === chunk.length ? chunk : chunk.subarray(0, length)
  }

  /** Takes a line unless it looks like a sample; false if it does. */
  takeOther(line: Line, families: Families): boolean {
    // After the end marker everything is an error, which Prometheus shall see.
    if (this.#ended) this.malformed(line)
    else if (!NOT_A_SAMPLE.has(line.bytes[line.start])) return false
    else return this.#parseOther(line, families)
    return true
  }

  /** How many more samples are read, after those in the statistics. */
  get samplesLeft(): number {
    return (this.#limits.series?.max ?? Infinity) - this.stats.samplesIn
  }

  /** A line that looks like a sample, beyond the limit of series. */
  limited(line: Line): void {
    this.stats.limitedSamples++
    if (this.#limits.series?.onLimit === 'pass') for (const output of this.outputs) output.passOn(line)
  }

  /** A line that looks like a sample, where no output has rules: it passes as it came. */
  unparsed(line: Line): void {
    this.stats.samplesIn++
    for (const output of this.outputs) output.verbatim(line, 1)
  }

  /** A line that is malformed: it passes as it came. */
  malformed(line: Line): void {
    this.stats.malformedLines++
    for (const output of this.outputs) output.verbatim(line, 0)
  }

  /**
   * Ends the outputs: the rest of the main one, rendered while it is iterated over unless a limit can make that fail,
   * and each subset as a whole. Throws LimitExceededError.
   */
  finish(): { main: Iterable<Uint8Array>; subsets: ReadonlyMap<string, Uint8Array> } {
    // What we cut is complete again. What came without its end is not, and Prometheus shall see that.
    if (this.stats.truncatedInput && !this.#ended && this.#format === 'openmetrics') this.#end(END_MARKER)
    const subsets = new Map<string, Uint8Array>()
    for (const [name, output] of this.#subsets) subsets.set(name, this.#whole(output))
    const main = this.main.finish()
    const canFail = this.#limits.onLimit === 'fail' && this.#limits.outputBytesMax !== 0
    return { main: canFail ? [...main] : main, subsets }
  }

  #whole(output: Output): Uint8Array {
    const chunks = [...output.finish()]
    const whole = Buffer.concat(chunks)
    for (const chunk of chunks) this.#pool.giveBack(chunk)
    return whole
  }

  #parseOther(line: Line, families: Families): boolean {
    const text = line.bytes.toString('latin1', line.start, line.end)
    const parsed = parseLine(text, this.#format)
    if (parsed.kind === 'sample') return false
    if (parsed.kind === 'malformed') this.malformed(line)
    else if (parsed.kind === 'end') this.#end(text)
    else if (parsed.kind === 'metadata') {
      const family = families.declare(parsed)
      for (const output of this.outputs) output.metadata(line, family)
    } else {
      for (const output of this.outputs) output.comment(line)
    }
    return true
  }

  #end(text: string): void {
    this.#ended = true
    for (const output of this.outputs) output.end(text)
  }
}
