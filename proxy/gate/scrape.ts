import type { ExpositionFormat } from '../exposition/format.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import { type Line, LineSplitter } from '../exposition/lines.ts'
import { parseLine } from '../exposition/parse.ts'
import { AccumulateOutput } from './accumulate.ts'
import type { SeriesDecision } from './decide.ts'
import type { Output } from './output.ts'
import { PassthroughOutput } from './passthrough.ts'
import type { OutputKind, OutputProgram, Program } from './program.ts'
import { SampleDecider } from './sample-decider.ts'
import type { ScrapeLimits } from './scrape-limits.ts'
import { emptyOutputStats, type OutputStats, type ScrapeStats } from './stats.ts'
import { StreamOutput } from './stream.ts'
import { END_MARKER, OutputWriter } from './writer.ts'

export { LimitExceededError } from '../exposition/limit-error.ts'
export type { ScrapeLimits } from './scrape-limits.ts'
export type { OutputStats, ScrapeStats } from './stats.ts'

const OUTPUTS: Readonly<Record<OutputKind, new (writer: OutputWriter, stats: OutputStats) => Output>> = {
  passthrough: PassthroughOutput,
  stream: StreamOutput,
  accumulate: AccumulateOutput,
}

/** Bytes with which no sample begins, or not at once: newline, blanks, and the hash of comments and metadata. */
const NOT_A_SAMPLE: ReadonlySet<number | undefined> = new Set([0x0a, 0x09, 0x20, 0x23])

/**
 * One scrape: the bytes of an exposition go in as they arrive, those of the outputs come out. Synchronous. It keeps
 * the line that two chunks share, what the outputs need and, for rules that can merge, which series came already.
 */
export class Scrape {
  readonly #format: ExpositionFormat
  readonly #limits: ScrapeLimits
  readonly #splitter: LineSplitter
  readonly #decider: SampleDecider
  readonly #main: Output
  readonly #subsets = new Map<string, Output>()
  /** The main output and the subsets, in the order of the decisions. */
  readonly #outputs: readonly Output[]
  /** Whether any output has rules. Without, lines are counted but not parsed. */
  readonly #hasRules: boolean
  /** Identities of the series that came. */
  readonly #seen = new Set<string>()
  /** Whether the end marker of OpenMetrics came. */
  #ended = false
  readonly #stats = {
    bytesIn: 0,
    samplesIn: 0,
    malformedLines: 0,
    duplicateSamples: 0,
    truncatedInput: false,
    main: emptyOutputStats(),
    subsets: new Map<string, OutputStats>(),
  }

  constructor(program: Program, format: ExpositionFormat, limits: ScrapeLimits) {
    const programs = [program.main, ...program.subsets]
    this.#format = format
    this.#limits = limits
    this.#splitter = new LineSplitter(format)
    program.memory[format].age()
    this.#decider = new SampleDecider(programs, format, program.memory[format])
    this.#main = this.#open(program.main, 'the main output', this.#stats.main)
    for (const subset of program.subsets) {
      const stats = emptyOutputStats()
      this.#stats.subsets.set(subset.name, stats)
      this.#subsets.set(subset.name, this.#open(subset, `subset ${subset.name}`, stats))
    }
    this.#outputs = [this.#main, ...this.#subsets.values()]
    this.#hasRules = programs.some(({ kind }) => kind !== 'passthrough')
  }

  /** The counts so far. */
  get stats(): ScrapeStats {
    return this.#stats
  }

  /**
   * Takes the next chunk, which may be reused afterwards, and returns what is ready of the main output. Once the
   * input limit has cut, further chunks change nothing. Throws LimitExceededError.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    for (const line of this.#splitter.push(this.#admit(chunk))) this.#read(line)
    return this.#main.take()
  }

  /**
   * Ends the scrape when the body has ended: the rest of the main output, and each subset as a whole. The main
   * output is rendered while it is iterated over, unless a limit can make that fail. Throws LimitExceededError.
   */
  finish(): { main: Iterable<Uint8Array>; subsets: ReadonlyMap<string, Uint8Array> } {
    const { truncatedInput } = this.#stats
    const line = truncatedInput ? undefined : this.#splitter.finish()
    if (line !== undefined) this.#read(line)
    // What we cut is complete again. What came without its end is not, and Prometheus shall see that.
    if (truncatedInput && !this.#ended && this.#format === 'openmetrics') this.#end(END_MARKER)
    const subsets = new Map<string, Uint8Array>()
    for (const [name, output] of this.#subsets) subsets.set(name, Buffer.concat([...output.finish()]))
    const main = this.#main.finish()
    return { main: this.#limits.onLimit === 'fail' ? [...main] : main, subsets }
  }

  #open({ kind }: OutputProgram, name: string, stats: OutputStats): Output {
    return new OUTPUTS[kind](new OutputWriter(name, this.#format, this.#limits, stats), stats)
  }

  /** As much of a chunk as the input limit admits. */
  #admit(chunk: Uint8Array): Uint8Array {
    const { inputBytesMax, onLimit } = this.#limits
    const room = inputBytesMax === 0 ? Infinity : inputBytesMax - this.#stats.bytesIn
    const length = Math.min(chunk.length, room)
    if (length < chunk.length) {
      if (onLimit === 'fail') {
        throw new LimitExceededError('E_INPUT_BYTES', `the exposition is larger than ${inputBytesMax} bytes`)
      }
      this.#stats.truncatedInput = true
    }
    this.#stats.bytesIn += length
    return chunk.subarray(0, length)
  }

  #read(line: Line): void {
    // After the end marker everything is an error, which Prometheus shall see.
    if (this.#ended) this.#malformed(line)
    else if (NOT_A_SAMPLE.has(line.bytes[line.start])) this.#readOther(line)
    else this.#readSample(line)
  }

  #readSample(line: Line): void {
    if (!this.#hasRules) {
      this.#stats.samplesIn++
      for (const output of this.#outputs) output.verbatim(line, 1)
      return
    }
    const sample = this.#decider.read(line)
    if (sample.kind === 'malformed') {
      this.#malformed(line)
      return
    }
    this.#stats.samplesIn++
    const repeated = this.#isRepeated(sample.decision)
    for (const [index, output] of this.#outputs.entries()) {
      output.sample({ ...sample, line, repeated }, sample.decision.outputs[index] ?? noDecision(index))
    }
  }

  #readOther(line: Line): void {
    const text = line.bytes.toString('latin1', line.start, line.end)
    const parsed = parseLine(text, this.#format)
    if (parsed.kind === 'sample') this.#readSample(line)
    else if (parsed.kind === 'malformed') this.#malformed(line)
    else if (parsed.kind === 'end') this.#end(text)
    else if (parsed.kind === 'metadata') {
      const family = this.#decider.declare(parsed)
      for (const output of this.#outputs) output.metadata(line, family)
    } else {
      for (const output of this.#outputs) output.comment(line)
    }
  }

  #malformed(line: Line): void {
    this.#stats.malformedLines++
    for (const output of this.#outputs) output.verbatim(line, 0)
  }

  #end(text: string): void {
    this.#ended = true
    for (const output of this.#outputs) output.end(text)
  }

  /** Whether the series came before. Rules have not made it equal: the application exposes it twice. */
  #isRepeated({ identity }: SeriesDecision): boolean {
    if (identity === undefined) return false
    if (this.#seen.has(identity)) {
      this.#stats.duplicateSamples++
      return true
    }
    this.#seen.add(identity)
    return false
  }
}

function noDecision(index: number): never {
  throw new Error(`BUG: no decision for output ${index}`)
}
