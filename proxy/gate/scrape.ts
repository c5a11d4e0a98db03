import { Families, type Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import { type Line, LineSplitter } from '../exposition/lines.ts'
import { parseSeries, type Series } from '../exposition/series.ts'
import { parseValue, type SampleValue } from '../exposition/value.ts'
import type { SeriesPolicies } from '../policy/series-policies.ts'
import { AccumulateOutput } from './accumulate.ts'
import { type Decision, decideSample, decideSeries, dropped, hasQuantile, identityOf } from './decide.ts'
import { type OpenOutput, ScrapeFrame } from './frame.ts'
import type { Output } from './output.ts'
import type { OutputProgram } from './output-program.ts'
import { PassthroughOutput } from './passthrough.ts'
import { lineEnds, type Program } from './program.ts'
import type { ScrapeLimits } from './scrape-limits.ts'
import { SlicePool } from './slice-pool.ts'
import type { ScrapeStats } from './stats.ts'
import { StreamOutput } from './stream.ts'

export { LimitExceededError } from '../exposition/limit-error.ts'
export type { ScrapeLimits } from './scrape-limits.ts'
export type { OutputStats, ScrapeStats } from './stats.ts'

const open: OpenOutput<Output> = ({ kind, merge }, _, writer, stats) => {
  if (kind === 'passthrough') return new PassthroughOutput(writer, stats)
  return kind === 'stream' ? new StreamOutput(writer, stats) : new AccumulateOutput(writer, stats, merge)
}

/**
 * One scrape: the bytes of an exposition go in as they arrive, those of the outputs come out. Synchronous. It keeps
 * the line that two chunks share, what the outputs need and, for rules that can merge, which series came already.
 * This is the specification of what a scrape gives; KernelScrape gives the same, faster.
 */
export class Scrape {
  readonly #format: ExpositionFormat
  readonly #policies: SeriesPolicies
  readonly #programs: readonly OutputProgram[]
  readonly #frame: ScrapeFrame<Output>
  readonly #splitter: LineSplitter
  readonly #families = new Families()
  /** Whether any output has rules. Without, lines are counted but not parsed. */
  readonly #hasRules: boolean
  /** Whether any output can make series equal. */
  readonly #canMerge: boolean
  /** Identities of the series that came. */
  readonly #seen = new Set<string>()

  constructor(program: Program, format: ExpositionFormat, limits: ScrapeLimits, pool = new SlicePool()) {
    this.#format = format
    this.#policies = program.policies
    this.#programs = [program.main, ...program.subsets]
    this.#frame = new ScrapeFrame(program, format, limits, pool, open)
    const ends = lineEnds(program, format)
    this.#splitter = new LineSplitter(ends)
    this.#hasRules = ends !== 'any'
    this.#canMerge = this.#programs.some(({ kind }) => kind === 'accumulate')
  }

  /** The counts so far. */
  get stats(): ScrapeStats {
    return this.#frame.stats
  }

  /**
   * Takes the next chunk, which may be reused afterwards, and returns what is ready of the main output. Once the
   * input limit has cut, further chunks change nothing. Throws LimitExceededError.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    for (const line of this.#splitter.push(this.#frame.admit(chunk))) this.#read(line)
    return this.#frame.main.take()
  }

  /**
   * Ends the scrape when the body has ended: the rest of the main output, and each subset as a whole. The main
   * output is rendered while it is iterated over, unless a limit can make that fail. Throws LimitExceededError.
   */
  finish(): { main: Iterable<Uint8Array>; subsets: ReadonlyMap<string, Uint8Array> } {
    const line = this.stats.truncatedInput ? undefined : this.#splitter.finish()
    if (line !== undefined) this.#read(line)
    const outputs = this.#frame.finish()
    this.#frame.tellPolicies()
    return outputs
  }

  /** Nothing to give back: for the sake of those that do not know which kind of scrape they have. */
  close(): void {
    this.#seen.clear()
  }

  #read(line: Line): void {
    if (this.#frame.takeOther(line, this.#families)) return
    if (this.#frame.samplesLeft <= 0) this.#frame.limited(line)
    else if (this.#hasRules) this.#readSample(line)
    else this.#frame.unparsed(line)
  }

  #readSample(line: Line): void {
    const text = line.bytes.toString('latin1', line.start, line.end)
    const series = parseSeries(text, this.#format)
    const value = series.kind === 'malformed' ? series : parseValue(text, series.end, this.#format)
    if (series.kind === 'malformed' || value.kind === 'malformed') {
      this.#frame.malformed(line)
      return
    }
    this.#frame.stats.samplesIn++
    const { name } = series
    const family = this.#families.of(name)
    const decisions = this.#decide(series, family, value)
    const sample = {
      line,
      value,
      name,
      family,
      hasQuantile: hasQuantile(series),
      repeated: this.#isRepeated(series),
    }
    for (const [index, output] of this.#frame.outputs.entries()) {
      output.sample(sample, decisions[index] ?? noDecision(index))
    }
  }

  #decide(series: Series, family: Family, value: SampleValue): readonly Decision[] {
    const { policy, outputs } = decideSeries(series, family, this.#policies, this.#programs)
    if (policy === undefined) return outputs
    const final = decideSample(policy, value, this.#format)
    this.#frame.countPolicy(final, 1)
    return final.kept ? outputs : dropped(outputs)
  }

  /** Whether the series came before: not made equal by rules, but exposed twice. Counted where outputs can merge. */
  #isRepeated(series: Series): boolean {
    if (!this.#canMerge) return false
    const identity = identityOf(series)
    if (this.#seen.has(identity)) {
      this.#frame.stats.duplicateSamples++
      return true
    }
    this.#seen.add(identity)
    return false
  }
}

function noDecision(index: number): never {
  throw new Error(`BUG: no decision for output ${index}`)
}
