import { Families, type Family } from '../../exposition/families.ts'
import type { ExpositionFormat } from '../../exposition/format.ts'
import { type Line, LineSplitter } from '../../exposition/lines.ts'
import { parseSeries, type Series } from '../../exposition/series.ts'
import { parseValue, type SampleValue } from '../../exposition/value.ts'
import type { PolicyDecision } from '../../policy/policy-set.ts'
import { decideSample, decideSeries, hasQuantile, identityOf } from '../decide.ts'
import { ScrapeFrame } from '../frame.ts'
import type { OutputProgram } from '../output-program.ts'
import { PassthroughOutput } from '../passthrough.ts'
import { lineEnds, type Program } from '../program.ts'
import type { ScrapeLimits } from '../scrape-limits.ts'
import { SlicePool } from '../slice-pool.ts'
import type { OutputStats, ScrapeStats } from '../stats.ts'
import { StreamOutput } from '../stream.ts'
import type { OutputWriter } from '../writer.ts'
import { KernelAccumulateOutput } from './accumulate.ts'
import {
  ANY_KIND,
  DROP,
  EXIT_FLUSH,
  EXIT_NAME,
  EXIT_SERIES,
  NO_POLICY,
  PASS,
  PASS_ON_ERROR,
  POLICY_ASKS,
  SCRAPE_AT,
  SCRAPE_KIND,
  SCRAPE_NAME,
  SCRAPE_PASSES,
  SCRAPE_SAMPLES,
  SCRAPE_SERIES_END,
  SCRAPE_SHAPE,
} from './assembly/layout.ts'
import { Bindings } from './bindings.ts'
import { copyLine } from './copy-line.ts'
import { familyKind } from './family-kinds.ts'
import { NONE } from './kernel.ts'
import { toDecision, toOperation } from './operations.ts'
import type { SeriesRecord } from './records.ts'
import { type KernelOutput, ScrapeArea } from './scrape-area.ts'
import { guessSeriesEnd } from './series-end.ts'
import type { SeriesTable } from './series-table.ts'
import { Window, type WindowReader } from './window.ts'

/** What is decided about a series, in the terms of the kernel. */
interface Decided {
  readonly policy: PolicyDecision | undefined
  readonly operations: readonly number[]
}

/**
 * A scrape whose plain samples of known series are read by the kernel. Whatever else there is in an exposition, the
 * code that Scrape is made of reads, line by line. What comes out is what comes out of Scrape.
 */
export class KernelScrape implements WindowReader {
  readonly #format: ExpositionFormat
  readonly #table: SeriesTable
  readonly #frame: ScrapeFrame<KernelOutput>
  /** Whether any output has rules. Without, lines are counted but not parsed. */
  readonly #hasRules: boolean
  readonly #families = new Families()
  readonly #bindings = new Bindings(this.#families)
  /** Identities of the series that came and are not in the table. */
  readonly #unknownSeen = new Set<string>()
  readonly #area: ScrapeArea
  readonly #window: Window
  #finished = false

  constructor(program: Program, format: ExpositionFormat, limits: ScrapeLimits, pool = new SlicePool()) {
    this.#format = format
    this.#table = program.memory.table(format)
    const ends = lineEnds(program, format)
    this.#window = new Window(this.#table.kernel, new LineSplitter(ends), this)
    this.#hasRules = ends !== 'any'
    this.#frame = new ScrapeFrame<KernelOutput>(
      program,
      format,
      limits,
      pool,
      (output, index, writer, stats) => this.#open(output, index, writer, stats),
    )
    this.#area = new ScrapeArea(this.#table)
    for (const [index, output] of this.#frame.outputs.entries()) {
      if (output instanceof KernelAccumulateOutput) output.open(this.#area.outputAddress(index))
    }
  }

  /** The counts so far. */
  get stats(): ScrapeStats {
    return this.#frame.stats
  }

  /** See Scrape. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#window.push(this.#frame.admit(chunk))
    this.#area.takeCounts(this.#frame)
    return this.#frame.main.take()
  }

  /** See Scrape. The scrape is closed when the main output has been iterated over. */
  finish(): { main: Iterable<Uint8Array>; subsets: ReadonlyMap<string, Uint8Array> } {
    if (!this.stats.truncatedInput) this.#window.finish()
    this.#area.takeCounts(this.#frame)
    this.#area.takePolicyCounts(this.#frame)
    this.#finished = true
    const { main, subsets } = this.#frame.finish()
    this.#frame.tellPolicies()
    if (Array.isArray(main)) this.close()
    return { main: this.#closeAfter(main), subsets }
  }

  /** Gives the memory of the scrape back. Has to be called when it is not finished, or not iterated over. */
  close(): void {
    this.#area.close(this.#finished && !this.stats.truncatedInput)
  }

  *#closeAfter(main: Iterable<Uint8Array>): Generator<Uint8Array, void, undefined> {
    yield* main
    this.close()
  }

  #open(
    { kind, merge }: OutputProgram,
    index: number,
    writer: OutputWriter,
    stats: OutputStats,
  ): KernelOutput {
    if (kind === 'passthrough') return new PassthroughOutput(writer, stats)
    if (kind === 'stream') return new StreamOutput(writer, stats)
    return new KernelAccumulateOutput(this.#table, index, writer, stats, this.#bindings, merge)
  }

  get readsLines(): boolean {
    return this.#frame.ended || this.#samplesLeft() <= 0
  }

  run(start: number, end: number): number {
    const { exports } = this.#table.kernel
    const { outputs, samplesLeft } = this.#frame
    this.#area.setSamplesMax(samplesLeft)
    const exit = this.#hasRules
      ? exports.run(this.#area.address, start, end)
      : exports.passLines(this.#area.address, start, end, outputs.length)
    this.#area.flush(outputs)
    return exit
  }

  stoppedAt(): number {
    return this.#area.word(SCRAPE_AT)
  }

  canGoOn(exit: number): boolean {
    if (exit === EXIT_NAME) return this.#bindName()
    if (exit === EXIT_SERIES) return this.#learn(this.stoppedAt())
    return exit === EXIT_FLUSH
  }

  readLine(line: Line): void {
    const before = this.#families.version
    const own = this.#table.kernel.hasReceived(line.bytes) ? copyLine(line) : line
    if (!this.#frame.takeOther(own, this.#families)) {
      if (this.#samplesLeft() <= 0) this.#frame.limited(own)
      else if (this.#hasRules) this.#readSample(own)
      else this.#frame.unparsed(own)
    } else if (this.#families.version !== before)
      this.#table.kernel.exports.forgetFamilies(this.#area.address)
  }

  /** How many more samples are read. */
  #samplesLeft(): number {
    return this.#frame.samplesLeft - this.#area.word(SCRAPE_SAMPLES)
  }

  #readSample(line: Line): void {
    const { bytes, start, end } = line
    const seriesEnd = guessSeriesEnd(line)
    const known = this.#table.find(bytes, start, seriesEnd)
    if (known !== NONE) {
      const record = this.#table.recordOf(known)
      const name = this.#table.names.get(record.name)
      if (record.policy !== POLICY_ASKS && this.#holds(record, name)) {
        const value = parseValue(bytes.toString('latin1', seriesEnd, end), 0, this.#format)
        if (value.kind === 'malformed') this.#frame.malformed(line)
        else this.#apply(line, name, value, this.#decided(record), this.#see(known))
        return
      }
    }
    const text = bytes.toString('latin1', start, end)
    const series = parseSeries(text, this.#format)
    const value = series.kind === 'malformed' ? series : parseValue(text, series.end, this.#format)
    if (series.kind === 'malformed' || value.kind === 'malformed') this.#frame.malformed(line)
    else this.#readNew(line, series, value)
  }

  /** A series whose bytes are not known: it is new, spelt otherwise, its family's type has changed, or there is no room. */
  #readNew(line: Line, series: Series, value: SampleValue): void {
    const { name } = series
    const family = this.#families.of(name)
    const key = this.#table.keyOf(series, line.bytes, line.start)
    let entry = key === undefined ? NONE : this.#table.find(key, 0, key.length)
    const record = entry === NONE ? undefined : this.#table.recordOf(entry)
    let decided = record !== undefined && this.#holds(record, name) ? this.#decided(record) : undefined
    if (decided === undefined) {
      decided = this.#decide(series, family)
      if (key !== undefined && this.#canRemember(name, family, decided)) {
        entry = this.#table.enter(key, this.#recordFor(name, familyKind(name, family), decided))
      }
    } else if (record?.policy === POLICY_ASKS) {
      decided = { ...decided, policy: this.#table.policies.decide(series, family) }
    }
    const repeated = entry === NONE ? this.#seeUnknown(series) : this.#see(entry)
    this.#apply(line, name, value, decided, repeated)
  }

  /** Whether what a record says holds for the metric's family as it is now. */
  #holds({ name: number, kind }: SeriesRecord, name: string): boolean {
    const family = this.#families.of(name)
    return kind === familyKind(name, family) && this.#holdsForText(number, family)
  }

  #holdsForText(name: number, family: Family): boolean {
    return this.#table.holdsForText(name, this.#table.policies.textKey(family))
  }

  /** What a record says; where policies have to be asked, what holds if the sample stays. */
  #decided({ policy, operations }: SeriesRecord): Decided {
    return { policy: this.#table.policies.decisions[policy], operations }
  }

  #canRemember(name: string, family: Family, { operations }: Decided): boolean {
    return (
      operations.every(KernelAccumulateOutput.isLasting) &&
      this.#holdsForText(this.#table.names.number(name), family)
    )
  }

  #decide(series: Series, family: Family): Decided {
    const sample = { name: series.name, family, hasQuantile: hasQuantile(series) }
    const { policies, outputs } = this.#table
    const { policy, outputs: decisions } = decideSeries(series, family, policies, outputs)
    const operations = decisions.map((decision, index) => {
      const output = this.#frame.outputs[index]
      return toOperation(decision, outputSeries => {
        if (!(output instanceof KernelAccumulateOutput))
          throw new Error(`BUG: output ${index} does not accumulate`)
        return output.placeOf(outputSeries, sample)
      })
    })
    return { policy, operations }
  }

  #recordFor(name: string, kind: number, { policy, operations }: Decided): SeriesRecord {
    let passes = 0
    for (const [index, output] of this.#frame.outputs.entries()) {
      const passesHere = toPass(operations[index]) && output instanceof StreamOutput
      if (passesHere) passes |= 1 << index
    }
    return { name: this.#table.names.number(name), kind, passes, policy: policyWord(policy), operations }
  }

  /** Does to each output what is decided. */
  #apply(line: Line, name: string, value: SampleValue, decided: Decided, repeated: boolean): void {
    this.#frame.stats.samplesIn++
    const operations = this.#askPolicies(decided, value)
    const family = this.#families.of(name)
    for (const [index, output] of this.#frame.outputs.entries()) {
      const operation = operations[index] ?? noOperation(index)
      if (!(output instanceof KernelAccumulateOutput)) {
        output.sample({ line, family }, toDecision(operation))
      } else if (!repeated) output.sample(operation, value, this.#bindings.numberOf(name))
    }
  }

  /** What becomes of a sample, when policies had the last word on it. */
  #askPolicies({ policy, operations }: Decided, value: SampleValue): readonly number[] {
    if (policy === undefined) return operations
    const final = decideSample(policy, value, this.#format)
    this.#frame.countPolicy(final, 1)
    return final.kept ? operations : operations.map(() => DROP)
  }

  /** Notes that a known series came; whether it came before. */
  #see(entry: number): boolean {
    const came = this.#table.kernel.exports.see(this.#area.address, entry) !== 0
    return came && this.#countRepeated()
  }

  /** The same for a series that is not in the table and cannot be. */
  #seeUnknown(series: Series): boolean {
    if (!this.#table.canMerge) return false
    const identity = identityOf(series)
    const came = this.#unknownSeen.has(identity)
    this.#unknownSeen.add(identity)
    return came && this.#countRepeated()
  }

  #countRepeated(): boolean {
    if (this.#table.canMerge) this.#frame.stats.duplicateSamples++
    return this.#table.canMerge
  }

  /**
   * Tells the kernel about the family of the metric that it stopped at, whose metadata leaves now where its samples do.
   * False when the family is another than was assumed when the series was decided.
   */
  #bindName(): boolean {
    const number = this.#area.word(SCRAPE_NAME)
    const assumed = this.#area.word(SCRAPE_KIND)
    const passes = this.#area.word(SCRAPE_PASSES)
    const name = this.#table.names.get(number)
    const family = this.#families.of(name)
    const kind = familyKind(name, family)
    // Bound, the kernel would not ask again.
    if (!this.#holdsForText(number, family)) return false
    const isRight = assumed === ANY_KIND || assumed === kind
    let begun = 0
    for (const [index, output] of this.#frame.outputs.entries()) {
      if (!(output instanceof StreamOutput)) continue
      if (isRight && (passes >>> index) & 1) output.begin(family)
      if (output.hasBegun(family)) begun |= 1 << index
    }
    const { exports } = this.#table.kernel
    exports.bindName(this.#area.address, number, kind, this.#bindings.numberOf(name), begun)
    return isRight
  }

  /** Decides about the plain series that begins the line at `at`, so that the kernel knows it. False when that cannot be. */
  #learn(at: number): boolean {
    const { shapes, kernel } = this.#table
    if (!this.#table.hasRoom()) return false
    const end = this.#area.word(SCRAPE_SERIES_END)
    const text = kernel.bytes.toString('latin1', at, end)
    const known = this.#area.word(SCRAPE_SHAPE) | 0
    const shape = known === NONE ? shapes.add(text) : shapes.get(known)
    if (shape === undefined) return false
    const { name } = shape
    const family = this.#families.of(name)
    const kind = familyKind(name, family)
    if (shape.plannedFor !== kind) shapes.plan(shape, family)
    const labels = shapes.labelsOf(shape, text, at)
    const decided = this.#decide({ kind: 'series', name, labels, end: text.length }, family)
    if (!this.#canRemember(name, family, decided)) return false
    this.#table.enterAt(at, end, this.#recordFor(name, kind, decided))
    return true
  }
}

/** What policies decided, in a word. What they ask of each sample, and what has no number, the host has to ask them. */
function policyWord(policy: PolicyDecision | undefined): number {
  if (policy === undefined) return NO_POLICY
  return policy.residual === undefined ? (policy.number ?? POLICY_ASKS) : POLICY_ASKS
}

function toPass(operation: number | undefined): boolean {
  return operation === PASS || operation === PASS_ON_ERROR
}

function noOperation(index: number): never {
  throw new Error(`BUG: no operation for output ${index}`)
}
