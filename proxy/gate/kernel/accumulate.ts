import { formatFloat } from '../../exposition/float.ts'
import type { SampleValue } from '../../exposition/value.ts'
import { printExtras } from '../accumulate.ts'
import type { OutputSeries } from '../decide.ts'
import type { MergeSettings } from '../merge/settings.ts'
import { type Origin, OutputFamilies } from '../output-families.ts'
import { RenderedOutput } from '../rendered-output.ts'
import { type MergingSample, type ScrapeFunction, scrapeFunctionOf } from '../scrape-merge.ts'
import type { OutputStats } from '../stats.ts'
import type { OutputWriter } from '../writer.ts'
import {
  DROP,
  HOST_TIMESTAMP,
  NAMELESS,
  NO_NAME,
  OUTPUT_FIRST,
  OWN_SLOTS,
  RENDERED,
  SCRATCH,
  SLOT_NEXT,
  SLOT_TIMESTAMP,
  TOUCHED_BINDING,
  TOUCHED_BYTES,
  TOUCHED_NAME,
  TOUCHED_SLOT,
  UNMERGEABLE,
} from './assembly/layout.ts'
import type { Bindings } from './bindings.ts'
import { isAddition, slotOf } from './operations.ts'
import type { SeriesTable } from './series-table.ts'
import type { TextRange } from './text-range.ts'

/** How many slots are listed at a time. */
const LISTED_MAX = 4096
/** How many slots are printed before full slices are handed on; their numbers are in the scratch. */
const RENDERED_MAX = 256
const NO_TIMESTAMP = -1

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
    const lasting = this.#table.hasRoom() ? slots.slotFor(series) : slots.find(series)
    const known = lasting ?? this.#ownSlots.get(series.text)
    if (known !== undefined) return known
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
    const extras = printExtras(value)
    const timestamp = extras === '' ? NO_TIMESTAMP : HOST_TIMESTAMP
    if (add(this.#address, operation, value.value, timestamp, binding) > 1) return
    if (extras !== '') this.#extras.set(slotOf(operation), extras)
  }

  /** Fast path: the kernel prints lines one after the other. Slow path: what it leaves is printed here. */
  protected override write(slots: readonly number[], from: number): number {
    const { kernel } = this.#table
    const listed = slots.slice(from, from + RENDERED_MAX)
    kernel.words.set(listed, SCRATCH / 4)
    for (let at = 0; at < listed.length; ) {
      const rendered = kernel.exports.renderSamples(this.#address, this.#texts(), at, listed.length)
      const end = kernel.exports.renderedEnd.value
      if (rendered > at)
        this.stats.samplesOut += this.writer.writeLines(kernel.bytes, RENDERED, end, rendered - at)
      // Either the room is full, or this one is for us.
      const slot = rendered === at ? listed[at] : undefined
      if (slot !== undefined) this.#writeHere(slot)
      at = slot === undefined ? rendered : at + 1
    }
    return from + listed.length
  }

  /** The slots that samples touched, by family. */
  protected override families(): OutputFamilies<number> {
    const families = new OutputFamilies<number>()
    const { kernel } = this.#table
    let first = kernel.words[(this.#address + OUTPUT_FIRST) / 4] ?? 0
    while (first !== 0) {
      const listed = kernel.exports.listTouched(this.#address, this.#texts(), first - 1, LISTED_MAX)
      const last = this.#addListed(families, listed)
      first = kernel.words[(kernel.exports.slotAt(this.#address, last) + SLOT_NEXT) / 4] ?? 0
    }
    return families
  }

  /** Adds the slots that the kernel has listed; which is the last. */
  #addListed(families: OutputFamilies<number>, listed: number): number {
    const { words } = this.#table.kernel
    const at = (word: number): number => words[word] ?? 0
    let members: number[] = []
    let [slot, lastBinding, lastName] = [0, 0, NO_NAME]
    for (let i = 0; i < listed; i++) {
      const word = (RENDERED + i * TOUCHED_BYTES) / 4
      slot = at(word + TOUCHED_SLOT / 4)
      const binding = at(word + TOUCHED_BINDING / 4)
      const name = at(word + TOUCHED_NAME / 4)
      if (name === UNMERGEABLE) this.stats.unmergeableSeries++
      else if (binding === lastBinding && name === lastName && name !== NO_NAME) members.push(slot)
      else members = families.add(this.#originOf(slot, binding, name), slot)
      lastBinding = binding
      lastName = name
    }
    return slot
  }

  #originOf(slot: number, binding: number, name: number): Origin {
    const outputName = name === NO_NAME ? this.#ownAt(slot).name : this.#table.names.get(name)
    return { ...this.#bindings.get(binding), outputName }
  }

  /** Where the kernel has the texts of the slots. */
  #texts(): number {
    return this.#table.slots(this.#index).texts
  }

  #writeHere(slot: number): void {
    const value = this.#printValue(slot)
    const { bytes, start, end } = this.#textOf(slot)
    if (this.writer.writeSample(bytes, start, end, value)) this.stats.samplesOut++
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
    const extras = timestamp >= 0 ? ` ${timestamp}` : (this.#extras.get(slot) ?? '')
    return ` ${value}${extras}\n`
  }
}
