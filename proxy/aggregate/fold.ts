import type { ExpositionFormat } from '../exposition/format.ts'
import { type CombineFunction, combinedValue, combinePair } from '../gate/merge/combine.ts'
import { NAMELESS_SLOT, type OutputSlots, type Slot } from './output-slots.ts'
import type { DirectoryOutput } from './series-directory.ts'
import type { MemoryPage, TargetMemory } from './target-memory.ts'
import { PAGE_SERIES } from './values.ts'

/** What an output comes to in a round. */
export interface OutputFold {
  /** How many series of targets go to each slot now. */
  readonly contributors: Uint32Array
  /** The value of a slot; undefined where it does not leave in this round. */
  valueOf(slot: Slot): number | undefined
  /** Timestamp and exemplar of the only series that goes to a slot; '' where there are several. */
  extrasOf(slot: Slot): string
  readonly stats: FoldStats
}

/** Counts of one output in a round, by series of targets. */
export interface FoldStats {
  /** Series that went to a slot that another one had begun. */
  readonly mergedSeries: number
  readonly droppedSeries: number
  readonly namelessSeries: number
  readonly ruleErrors: number
  /** Values that were skipped, being NaN. */
  readonly nanSamples: number
  /** Histogram children of the output whose buckets do not all come from the same targets: their bounds differ. */
  readonly mixedBounds: number
}

/** What values come to so far, by number of the slot; the count is of those that are not NaN. */
interface SlotSums {
  readonly values: Float64Array
  readonly counts: Uint32Array
}

/**
 * Puts the values of the last complete scrapes of these targets together, in the order in which they are given: sums of
 * floats depend on it. The output will be in `format`, and takes timestamps and exemplars of that format only.
 */
export function foldOutput(
  output: DirectoryOutput,
  targets: readonly TargetMemory[],
  format: ExpositionFormat,
): OutputFold {
  const fold = new Fold(output)
  for (const target of targets) fold.addTarget(target)
  for (const target of targets) if (target.format === format) fold.takeExtras(target.extras)
  return fold
}

class Fold implements OutputFold {
  readonly contributors: Uint32Array
  readonly #output: DirectoryOutput
  readonly #sums: SlotSums
  readonly #extras = new Map<number, string>()
  readonly #counted = { droppedSeries: 0, namelessSeries: 0, ruleErrors: 0, nanSamples: 0 }

  constructor(output: DirectoryOutput) {
    const { end } = output.slots
    this.contributors = new Uint32Array(end)
    this.#output = output
    this.#sums = { values: new Float64Array(end), counts: new Uint32Array(end) }
  }

  get stats(): FoldStats {
    const contributing = this.contributors.reduce((sum, count) => sum + count, 0)
    const slots = this.contributors.reduce((sum, count) => sum + Number(count > 0), 0)
    return {
      ...this.#counted,
      mergedSeries: contributing - slots,
      mixedBounds: countMixedBounds(this.#output.slots, this.contributors),
    }
  }

  addTarget(target: TargetMemory): void {
    const { slotOf, ruleErrors } = this.#output
    for (const [number, page] of target.pages.entries()) {
      if (page !== undefined) this.#addPage(page, slotOf.subarray(number * PAGE_SERIES))
    }
    for (const series of ruleErrors) if (target.has(series)) this.#counted.ruleErrors++
  }

  /** Takes over the timestamps and exemplars of series that are alone in their slots. */
  takeExtras(extras: ReadonlyMap<number, string>): void {
    for (const [series, text] of extras) {
      const slot = this.#output.slotOf[series] as number
      if (slot >= 0 && this.contributors[slot] === 1) this.#extras.set(slot, text)
    }
  }

  valueOf({ number, function: by, bornMs }: Slot): number | undefined {
    const isAbandoned = this.contributors[number] === 0
    if (by === 'increase') {
      // What targets that left have counted stays in the sum. Without one, nothing was ever counted.
      const total = this.#output.slots.totals[number] as number
      return isAbandoned && Number.isNaN(total) ? undefined : total
    }
    if (isAbandoned) return undefined
    if (by === 'created') return bornMs / 1000
    if (by === 'drop') throw new Error(`BUG: slot ${number} is dropped`)
    const { values, counts } = this.#sums
    return combinedValue({ value: values[number] as number, count: counts[number] as number }, by)
  }

  extrasOf({ number }: Slot): string {
    return this.#extras.get(number) ?? ''
  }

  /** `slotOf`: the slots of the page's series. */
  #addPage(page: MemoryPage, slotOf: Int32Array): void {
    const { contributors } = this
    const { combines } = this.#output.slots
    for (let index = 0; index < PAGE_SERIES; index++) {
      if (!page.isPresent(index)) continue
      const slot = slotOf[index] as number
      if (slot < 0) {
        if (slot === NAMELESS_SLOT) this.#counted.namelessSeries++
        else this.#counted.droppedSeries++
        continue
      }
      contributors[slot] = (contributors[slot] as number) + 1
      const by = combines[slot]
      if (by !== undefined) this.#combine(slot, by, page.last[index] as number)
    }
  }

  #combine(slot: number, by: CombineFunction, value: number): void {
    if (Number.isNaN(value)) {
      this.#counted.nanSamples++
      return
    }
    const { values, counts } = this.#sums
    const count = counts[slot] as number
    values[slot] = count === 0 ? value : combinePair(by, values[slot] as number, value)
    counts[slot] = count + 1
  }
}

/** A child all of whose buckets come from the same series has as many contributors to each. */
function countMixedBounds(slots: OutputSlots, contributors: Uint32Array): number {
  const counts = new Map<number, number>()
  const mixed = new Set<number>()
  for (const { number, child } of slots) {
    if (child === undefined) continue
    const count = contributors[number] as number
    const known = counts.get(child) ?? count
    if (known !== count) mixed.add(child)
    counts.set(child, known)
  }
  return mixed.size
}
