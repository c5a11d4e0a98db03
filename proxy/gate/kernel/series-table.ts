import type { ExpositionFormat } from '../../exposition/format.ts'
import type { Series } from '../../exposition/series.ts'
import { NO_POLICIES, type SeriesPolicies } from '../../policy/series-policies.ts'
import type { OutputProgram } from '../output-program.ts'
import { SCRATCH, SERIES_BYTES_MAX } from './assembly/layout.ts'
import { Kernel, NONE } from './kernel.ts'
import { LabelOrders } from './label-orders.ts'
import { Names } from './names.ts'
import { isAddition, slotOf } from './operations.ts'
import { Records, type SeriesRecord } from './records.ts'
import { Shapes } from './shapes.ts'
import { Slots } from './slots.ts'

/** What a table may hold. */
export interface SeriesTableLimits {
  readonly seriesMax: number
  /** Memory for the table and what belongs to it, in bytes; reached once, nothing more is remembered for a while. */
  readonly bytesMax: number
  /** Series that so many scrapes in a row have not had may be forgotten. */
  readonly unseenScrapes: number
}

/** How many series the kernel takes in at most before memory is measured. */
const ROOM_STEP = 1024

/** The part of the memory that is made anew when all is forgotten. */
class Contents {
  readonly kernel = new Kernel()
  readonly series: number
  readonly records: Records
  readonly names = new Names()
  readonly orders = new LabelOrders()
  readonly shapes: Shapes
  /** For each output that accumulates. */
  readonly slots: readonly (Slots | undefined)[]
  /** By number of a metric's name: the texts of its family for which decisions of policies are remembered. */
  readonly texts = new Map<number, string>()

  constructor(outputs: readonly OutputProgram[], format: ExpositionFormat, policies: SeriesPolicies) {
    const { exports } = this.kernel
    this.series = exports.createTable()
    this.records = new Records(this.kernel, outputs.length)
    this.slots = outputs.map(({ kind }, index) =>
      kind === 'accumulate' ? new Slots(this.kernel, this.names, index) : undefined,
    )
    const canMerge = this.slots.some(slots => slots !== undefined)
    const streams = outputs.map(({ kind }, index) => (kind === 'stream' ? 1 << index : 0))
    exports.setUp(
      this.series,
      this.records.table,
      this.records.directory,
      this.records.shift,
      outputs.length,
      streams.reduce((mask, bit) => mask | bit, 0),
      canMerge ? 1 : 0,
      format === 'text' ? 1 : 0,
    )
    this.shapes = new Shapes(
      this.kernel,
      outputs,
      format,
      this.names,
      canMerge ? this.orders : undefined,
      policies,
    )
  }
}

/**
 * The series that a program knows in one format, and what is decided about each. Scrapes share it. What a scrape must
 * not see change changes only while there is none: series are forgotten, and room is found again.
 */
export class SeriesTable {
  readonly outputs: readonly OutputProgram[]
  readonly canMerge: boolean
  readonly policies: SeriesPolicies
  readonly #format: ExpositionFormat
  readonly #limits: SeriesTableLimits
  #contents: Contents
  #isFull = false
  #scrapes = 0
  /** Series that came since the last clean-up, as bits, and how many scrapes have ended since. */
  #recent: number
  #ended = 0

  constructor(
    outputs: readonly OutputProgram[],
    format: ExpositionFormat,
    limits: SeriesTableLimits,
    policies = NO_POLICIES,
  ) {
    this.policies = policies
    this.outputs = outputs
    this.canMerge = outputs.some(({ kind }) => kind === 'accumulate')
    this.#format = format
    this.#limits = limits
    this.#contents = new Contents(outputs, format, policies)
    this.#recent = this.kernel.exports.createBits()
  }

  get kernel(): Kernel {
    return this.#contents.kernel
  }

  /** How many series are known. */
  get size(): number {
    return this.kernel.exports.tableCount(this.#contents.series)
  }

  /** How many series the outputs that accumulate have had, together; some may have been forgotten. */
  get outputSize(): number {
    return this.#contents.slots.reduce((size, slots) => size + (slots?.size ?? 0), 0)
  }

  get records(): Records {
    return this.#contents.records
  }

  get shapes(): Shapes {
    return this.#contents.shapes
  }

  get names(): Names {
    return this.#contents.names
  }

  /**
   * Whether what policies decided about a metric holds for a family with these texts. It does for those that came first;
   * about others the host decides each time.
   */
  holdsForText(name: number, text: string): boolean {
    const { texts } = this.#contents
    const known = texts.get(name)
    if (known === undefined && text !== '') texts.set(name, text)
    return known === undefined || known === text
  }

  /** Memory that is in use, in bytes. */
  get heldBytes(): number {
    return this.kernel.exports.heldBytes() + this.names.heldBytes
  }

  /** The slots of an output that accumulates. */
  slots(output: number): Slots {
    const slots = this.#contents.slots[output]
    if (slots === undefined) throw new Error(`BUG: output ${output} has no slots`)
    return slots
  }

  /** Whether another series or slot may be remembered. Once not, it stays so until there is no scrape. */
  hasRoom(): boolean {
    const { seriesMax, bytesMax } = this.#limits
    this.#isFull ||= this.size >= seriesMax || this.heldBytes >= bytesMax
    // One is for the caller; the kernel takes in some by itself before it asks again.
    this.kernel.exports.setRoom(this.#isFull ? 0 : Math.min(seriesMax - this.size - 1, ROOM_STEP))
    return !this.#isFull
  }

  /**
   * The bytes by which a series is known: where outputs can merge, in one spelling for all that it can have. `bytes` are
   * its line, from `start` on. Undefined when it cannot be known.
   */
  keyOf(series: Series, bytes: Buffer, start: number): Buffer | undefined {
    if (!this.canMerge) return bytes.subarray(start, start + series.end)
    const spelling = this.#contents.orders.spell(series)
    return spelling === undefined ? undefined : Buffer.from(spelling)
  }

  /** The entry of the series with these bytes; NONE if there is none. */
  find(bytes: Buffer, start: number, end: number): number {
    if (end - start > SERIES_BYTES_MAX) return NONE
    bytes.copy(this.kernel.bytes, SCRATCH, start, end)
    return this.kernel.exports.find(this.#contents.series, SCRATCH, end - start)
  }

  recordOf(entry: number): SeriesRecord {
    return this.records.get(this.kernel.exports.entryValue(this.#contents.series, entry))
  }

  /** Remembers what is decided about a series: its entry; NONE if it cannot be remembered. */
  enter(key: Buffer, record: SeriesRecord): number {
    const { series, records, kernel } = this.#contents
    const known = this.find(key, 0, key.length)
    if (known !== NONE) {
      kernel.exports.setEntryValue(series, known, records.number(record))
      return known
    }
    if (key.length > SERIES_BYTES_MAX || !this.hasRoom()) return NONE
    const number = records.number(record)
    key.copy(kernel.bytes, SCRATCH)
    return kernel.exports.insert(series, SCRATCH, key.length, number)
  }

  /** The same for a series that is not known, at an address in the kernel; there has to be room. */
  enterAt(start: number, end: number, record: SeriesRecord): void {
    const { series, records, kernel } = this.#contents
    kernel.exports.insert(series, start, end - start, records.number(record))
  }

  /** Begins a scrape in the kernel: its address. */
  begin(): number {
    const { exports } = this.kernel
    const scrape = exports.beginScrape(this.policies.isEmpty ? 0 : 1)
    for (const [index, { kind }] of this.outputs.entries()) {
      exports.openOutput(scrape, index, kind === 'accumulate' ? 1 : 0)
    }
    this.#scrapes++
    return scrape
  }

  /** Ends a scrape. Only one that was `complete` says what an application no longer has. `seen` are its series. */
  end(scrape: number, seen: number, complete: boolean): void {
    const { exports } = this.kernel
    exports.uniteBits(this.#recent, seen, this.size)
    exports.endScrape(scrape, this.outputs.length)
    this.#scrapes--
    if (complete) this.#ended++
    if (this.#scrapes === 0 && this.#ended >= this.#limits.unseenScrapes) this.#cleanUp()
  }

  /** Forgets series that did not come lately, if they are many or room is wanted. */
  #cleanUp(): void {
    const { exports } = this.kernel
    const unseen = this.size - exports.countBits(this.#recent, this.size)
    if (this.#contents.orders.isFull || this.shapes.isFull)
      this.#contents = new Contents(this.outputs, this.#format, this.policies)
    else {
      if (this.#isFull || unseen * 8 > this.size) this.#forgetUnseen()
      exports.freeBits(this.#recent)
    }
    this.#recent = this.kernel.exports.createBits()
    this.#ended = 0
    this.#isFull = false
    this.kernel.exports.setRoom(0)
  }

  #forgetUnseen(): void {
    const { kernel, series, records, names, slots, shapes, texts } = this.#contents
    kernel.exports.compactTable(series, this.#recent, 0)
    const usedRecords = new Set<number>()
    for (let entry = 0; entry < this.size; entry++) usedRecords.add(kernel.exports.entryValue(series, entry))
    const usedNames = new Set(shapes.names())
    const usedSlots = slots.map(() => new Set<number>())
    for (const number of usedRecords) {
      const { name, operations } = records.get(number)
      usedNames.add(name)
      for (const [output, operation] of operations.entries()) {
        if (!isAddition(operation)) continue
        usedSlots[output]?.add(slotOf(operation))
        usedNames.add(slots[output]?.nameOf(slotOf(operation)) ?? name)
      }
    }
    records.keep(usedRecords)
    names.keep(usedNames)
    for (const name of texts.keys()) if (!usedNames.has(name)) texts.delete(name)
    for (const [output, used] of usedSlots.entries()) slots[output]?.keep(used)
  }
}
