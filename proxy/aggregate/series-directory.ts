import type { Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { Series } from '../exposition/series.ts'
import { type Decision, decide, hasQuantile, numericLabel, type OutputSeries } from '../gate/decide.ts'
import { mergeFunctionOf } from '../gate/merge/function-of.ts'
import type { MergeSettings } from '../gate/merge/settings.ts'
import type { OutputProgram } from '../gate/output-program.ts'
import type { Program } from '../gate/program.ts'
import { RAW_SERIES_MAX } from '../limits.ts'
import { UNWANTED } from './collector.ts'
import { RowNumbers, withRow } from './column.ts'
import { CreatedIndex, isCreated } from './created.ts'
import { NAMELESS_SLOT, NO_SLOT, OutputSlots, type Slot } from './output-slots.ts'
import { ScrapeNumbers } from './scrape-numbers.ts'

const PROCESS_START = 'process_start_time_seconds'

/** A series that has no number yet. */
interface Newcomer {
  readonly series: Series
  /** That it belongs to now. */
  readonly family: Family
  readonly format: ExpositionFormat
  /** When a series of an output began that begins with it, in milliseconds since the epoch. */
  readonly bornMs: number
}

/** The part of the directory that belongs to one output. */
export interface DirectoryOutput {
  /** Name of the subset, '' for the main output. */
  readonly name: string
  readonly slots: OutputSlots
  /** By number of the raw series: the slot that it goes to, NO_SLOT or NAMELESS_SLOT. */
  slotOf: Int32Array
  /** Raw series that go through only because the rule engine failed on them. */
  readonly ruleErrors: Set<number>
}

/**
 * The raw series of all targets: their numbers, and what is decided about each. It is asked once for each series, by the
 * collector, and runs the rules then. Numbers stay what they are until `keep` takes them back.
 */
export class SeriesDirectory {
  readonly outputs: readonly DirectoryOutput[]
  /** By number: whether a slot of some output sums the series' increases, 1 or 0. */
  increases = new Uint8Array(0)
  /** Which `_created` series says when a counter began. */
  readonly created = new CreatedIndex()
  /** Series that say when a process started. */
  readonly processStarts = new Set<number>()
  readonly #programs: readonly OutputProgram[]
  readonly #settings: MergeSettings
  readonly #seriesMax: number
  readonly #numbers = new RowNumbers()
  /** Scrapes that may have taken numbers, and were not taken over. */
  readonly #unclaimed = new Set<ScrapeNumbers>()

  constructor(program: Program, settings: MergeSettings, seriesMax = RAW_SERIES_MAX) {
    // An aggregate is always rendered, also where rules only keep and drop.
    this.#programs = [program.main, ...program.subsets].map(output => ({ ...output, kind: 'accumulate' }))
    this.outputs = this.#programs.map(output => ({
      name: output.name,
      slots: new OutputSlots(),
      slotOf: new Int32Array(0),
      ruleErrors: new Set<number>(),
    }))
    this.#settings = settings
    this.#seriesMax = seriesMax
  }

  /** One more than the highest number. */
  get end(): number {
    return this.#numbers.end
  }

  get heldBytes(): number {
    let bytes = this.increases.byteLength
    for (const { slots, slotOf } of this.outputs) bytes += slots.heldBytes + slotOf.byteLength
    return bytes
  }

  /**
   * Numbers the series of one scrape. Slots that begin by it began at `bornMs`. `countHeld` counts the series that are known of
   * its target; it is called when room is short.
   */
  scrape(format: ExpositionFormat, bornMs: number, countHeld: () => number): ScrapeNumbers {
    const numbers: ScrapeNumbers = new ScrapeNumbers(this.#seriesMax, countHeld, (series, family) =>
      this.#enter({ series, family, format, bornMs }, numbers),
    )
    this.#unclaimed.add(numbers)
    return numbers
  }

  /** A scrape was taken over into what is remembered of its target: its numbers stay until `keep` takes them back. */
  claim(numbers: ScrapeNumbers): void {
    this.#unclaimed.delete(numbers)
  }

  /**
   * The numbers of all scrapes that were not claimed, also of rounds that were given up. Other targets may have come to know
   * some of them.
   */
  takeUnclaimed(): readonly number[] {
    const unclaimed = [...this.#unclaimed].flatMap(({ taken }) => taken)
    this.#unclaimed.clear()
    return unclaimed
  }

  /** Takes back the numbers that are not used, and retires slots to which no series goes any more. */
  keep(isUsed: (number: number) => boolean): void {
    this.#numbers.keep(isUsed)
    for (const number of this.processStarts) if (!isUsed(number)) this.processStarts.delete(number)
    this.created.keep(isUsed)
    for (const output of this.outputs) keepOutput(output, isUsed, this.#numbers.end)
  }

  #enter(newcomer: Newcomer, numbers: ScrapeNumbers): number {
    const { series, family, format } = newcomer
    const decisions = decide(series, numericLabel(family.type), this.#programs)
    const isStart = series.name === PROCESS_START
    const isWanted = isStart || isCreated(series, family) || decisions.some(({ kind }) => kind !== 'drop')
    if (!isWanted) return UNWANTED
    const number = this.#takeNumber(numbers)
    if (isStart) this.processStarts.add(number)
    if (format === 'openmetrics') this.created.add(number, series, family)
    for (const [index, output] of this.outputs.entries()) {
      const decision = decisions[index]
      if (decision === undefined) throw new Error(`BUG: no decision for output ${index}`)
      output.slotOf = withRow(output.slotOf, number, NO_SLOT)
      output.slotOf[number] = this.#lead(number, newcomer, decision, output)
    }
    return number
  }

  #takeNumber(numbers: ScrapeNumbers): number {
    numbers.checkRoom(this.#seriesMax - this.#numbers.count)
    const number = this.#numbers.take()
    numbers.taken.push(number)
    this.increases = withRow(this.increases, number, 0)
    this.increases[number] = 0
    return number
  }

  /** Which slot of an output a series goes to. */
  #lead(number: number, newcomer: Newcomer, decision: Decision, output: DirectoryOutput): number {
    if (decision.kind !== 'keep') return decision.kind === 'nameless' ? NAMELESS_SLOT : NO_SLOT
    if (decision.series === undefined) throw new Error('BUG: a series to be aggregated has no text')
    if (decision.ruleError) output.ruleErrors.add(number)
    const slot = slotFor(newcomer, decision.series, output.slots, this.#settings)
    if (slot?.function === 'increase') this.increases[number] = 1
    return slot?.number ?? NO_SLOT
  }
}

/** The slot of a series that becomes `outputSeries`; undefined if such series do not leave. */
function slotFor(
  { series, family, format, bornMs }: Newcomer,
  outputSeries: OutputSeries,
  slots: OutputSlots,
  settings: MergeSettings,
): Slot | undefined {
  const merging = {
    outputName: outputSeries.name,
    inputName: series.name,
    familyName: family.name,
    type: family.type,
    hasQuantile: hasQuantile(series),
  }
  const mergeFunction = mergeFunctionOf(merging, settings)
  if (mergeFunction === 'drop') return undefined
  const origin = { name: series.name, family, format }
  const candidate = { series: outputSeries, function: mergeFunction, origin, bornMs }
  return slots.slotFor(candidate, childTextOf(outputSeries.text, family))
}

function keepOutput(output: DirectoryOutput, isUsed: (number: number) => boolean, end: number): void {
  const { slots, slotOf, ruleErrors } = output
  const used = new Uint8Array(slots.end)
  for (let number = 0; number < end; number++) {
    if (!isUsed(number)) slotOf[number] = NO_SLOT
    const slot = slotOf[number] ?? NO_SLOT
    if (slot >= 0) used[slot] = 1
  }
  slots.keep(slot => used[slot] === 1)
  for (const number of ruleErrors) if (!isUsed(number)) ruleErrors.delete(number)
}

const BOUND = /([{,])le="[^"]*",?/

/** The text of a bucket without its bound: the same for all buckets of one child. Undefined for what is no bucket. */
function childTextOf(text: string, { type }: Family): string | undefined {
  if (type !== 'histogram' && type !== 'gaugehistogram') return undefined
  return BOUND.test(text) ? text.replace(BOUND, '$1') : undefined
}
