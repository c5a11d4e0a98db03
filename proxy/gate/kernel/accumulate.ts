import { formatFloat } from '../../exposition/float.ts'
import type { SampleValue } from '../../exposition/value.ts'
import { printExtras } from '../accumulate.ts'
import type { OutputSeries } from '../decide.ts'
import type { MergeSettings } from '../merge/settings.ts'
import { OutputFamilies } from '../output-families.ts'
import { RenderedOutput } from '../rendered-output.ts'
import { type MergingSample, type ScrapeFunction, scrapeFunctionOf } from '../scrape-merge.ts'
import type { OutputStats } from '../stats.ts'
import type { OutputWriter } from '../writer.ts'
import { DROP, NAMELESS, OUTPUT_FIRST, SLOT_BINDING, SLOT_NEXT, SLOT_TIMESTAMP } from './assembly/layout.ts'
import type { Bindings } from './bindings.ts'
import { isAddition, slotOf } from './operations.ts'
import type { SeriesTable } from './series-table.ts'
import type { TextRange } from './texts.ts'

/** Slots from here on are of one scrape only: their series could not be remembered. */
const OWN_SLOTS = 2 ** 24

/** What AccumulateOutput does, with the values in the kernel's memory. */
export class KernelAccumulateOutput extends RenderedOutput<number> {
  readonly #merge: MergeSettings
  readonly #table: SeriesTable
  readonly #index: number
  readonly #bindings: Bindings
  /** Address of the output in the kernel. */
  #address = 0
  /** Timestamps and exemplars that the kernel does not hold, by slot. */
  readonly #extras = new Map<number, string>()
  readonly #ownSlots = new Map<string, number>()
  readonly #ownSeries: OutputSeries[] = []

  /** The kernel refers to `bindings` by number. */
  constructor(
    table: SeriesTable,
    index: number,
    writer: OutputWriter,
    stats: OutputStats,
    bindings: Bindings,
    merge: MergeSettings,
  ) {
    super(writer, stats)
    this.#merge = merge
    this.#table = table
    this.#index = index
    this.#bindings = bindings
  }

  /** Says where the kernel has the output. */
  open(address: number): void {
    this.#address = address
  }

  /** Where a sample goes whose series becomes `series`, and how it merges there. */
  placeOf(series: OutputSeries, sample: MergingSample): { slot: number; by: ScrapeFunction } {
    return { slot: this.#slotFor(series), by: scrapeFunctionOf(series.name, sample, this.#merge) }
  }

  /** The slot of a series: the one that it has, a new one, or one for this scrape only. */
  #slotFor(series: OutputSeries): number {
    const slots = this.#table.slots(this.#index)
    const known = slots.find(series) ?? this.#ownSlots.get(series.text)
    if (known !== undefined) return known
    const created = this.#table.hasRoom() ? slots.create(series) : undefined
    if (created !== undefined) return created
    const own = OWN_SLOTS + this.#ownSeries.length
    this.#ownSlots.set(series.text, own)
    this.#ownSeries.push(series)
    return own
  }

  /** Whether an operation will mean the same in the next scrape. */
  static isLasting(operation: number): boolean {
    return slotOf(operation) < OWN_SLOTS
  }

  /** Does to a sample what is decided about its series. */
  sample(operation: number, value: SampleValue, binding: number): void {
    if (operation === DROP) this.stats.droppedSeries++
    if (operation === NAMELESS) this.stats.namelessSeries++
    if (!isAddition(operation)) return
    const { add } = this.#table.kernel.exports
    if (add(this.#address, operation, value.value, -1, binding) > 1) return
    const extras = printExtras(value)
    if (extras !== '') this.#extras.set(slotOf(operation), extras)
  }

  protected override write(slot: number): boolean {
    const { bytes, start, end } = this.#textOf(slot)
    return this.writer.writeSample(bytes, start, end, this.#printValue(slot))
  }

  /** The slots that samples touched, by family. */
  protected override families(): OutputFamilies<number> {
    const families = new OutputFamilies<number>()
    const { kernel } = this.#table
    let next = kernel.words[(this.#address + OUTPUT_FIRST) / 4] ?? 0
    while (next !== 0) {
      const slot = next - 1
      const address = kernel.exports.slotAt(this.#address, slot)
      const { words } = kernel
      if (kernel.exports.slotSamples(address) === 0) this.stats.unmergeableSeries++
      else {
        const binding = this.#bindings.get(words[(address + SLOT_BINDING) / 4] ?? 0)
        families.add({ ...binding, outputName: this.#nameOf(slot) }, slot)
      }
      next = words[(address + SLOT_NEXT) / 4] ?? 0
    }
    return families
  }

  #nameOf(slot: number): string {
    return slot < OWN_SLOTS ? this.#table.slots(this.#index).nameOf(slot) : this.#ownAt(slot).name
  }

  #textOf(slot: number): TextRange {
    if (slot < OWN_SLOTS) return this.#table.slots(this.#index).textOf(slot)
    const bytes = Buffer.from(this.#ownAt(slot).text)
    return { bytes, start: 0, end: bytes.length }
  }

  #ownAt(slot: number): OutputSeries {
    const series = this.#ownSeries[slot - OWN_SLOTS]
    if (series === undefined) throw new Error(`BUG: no slot ${slot}`)
    return series
  }

  /** What follows the text of a series. */
  #printValue(slot: number): string {
    const { kernel } = this.#table
    const address = kernel.exports.slotAt(this.#address, slot)
    const { floats } = kernel
    const value = formatFloat(kernel.exports.slotValue(address))
    if (kernel.exports.slotSamples(address) > 1) return ` ${value}\n`
    const timestamp = floats[(address + SLOT_TIMESTAMP) / 8] ?? -1
    const extras = timestamp === -1 ? (this.#extras.get(slot) ?? '') : ` ${timestamp}`
    return ` ${value}${extras}\n`
  }
}
