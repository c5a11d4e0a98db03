import type { OutputSeries } from '../decide.ts'
import { SCRATCH } from './assembly/layout.ts'
import type { Kernel } from './kernel.ts'
import type { Names } from './names.ts'
import type { TextRange } from './text-range.ts'

/** Slots are sorted by place and number in one float64. */
const SLOTS_MAX = 2 ** 26

/** The series of one accumulating output, by number. */
export class Slots {
  /** Address of the table: texts of series → slots. */
  readonly table: number
  /** Address of the texts; each has the name of its metric with it. */
  #texts: number
  readonly #output: number
  readonly #kernel: Kernel
  readonly #names: Names

  constructor(kernel: Kernel, names: Names, output: number) {
    this.#kernel = kernel
    this.#names = names
    this.#output = output
    this.table = kernel.exports.createTable()
    this.#texts = kernel.exports.createTexts()
    kernel.setSlots(output, this.table, this.#texts)
  }

  /** How many slots were used at a time. */
  get size(): number {
    return this.#kernel.exports.numbersTaken(this.#texts)
  }

  get texts(): number {
    return this.#texts
  }

  /** The slot of a series; undefined if it has none. */
  find({ text }: OutputSeries): number | undefined {
    const length = this.#kernel.writeScratch(text)
    if (length === -1) return undefined
    const entry = this.#kernel.exports.find(this.table, SCRATCH, length)
    return entry === -1 ? undefined : this.#kernel.exports.entryValue(this.table, entry)
  }

  /** The slot of a series, a new one if it has none; undefined if its text is too long to be remembered. */
  slotFor({ name, text }: OutputSeries): number | undefined {
    const length = this.#kernel.writeScratch(text)
    if (length === -1) return undefined
    return this.#kernel.exports.slotFor(this.#output, this.#names.number(name), SCRATCH, length)
  }

  /** Number of the name of a slot's metric. */
  nameOf(slot: number): number {
    return this.#kernel.exports.textName(this.#texts, slot)
  }

  /** The text of a slot, valid until the kernel is used again. */
  textOf(slot: number): TextRange {
    const { exports } = this.#kernel
    const start = exports.readText(this.#texts, slot)
    return { bytes: this.#kernel.bytes, start, end: start + exports.textBytes.value }
  }

  /** Forgets all slots but these. */
  keep(used: ReadonlySet<number>): void {
    const { exports } = this.#kernel
    const bits = exports.createBits()
    for (const slot of used) exports.setBit(bits, slot)
    exports.compactTable(this.table, bits, 1)
    exports.freeBits(bits)
    const kept = exports.createTexts()
    const places = Float64Array.from(
      used,
      slot => exports.textPlace(this.#texts, slot) * SLOTS_MAX + slot,
    ).sort()
    for (const place of places) exports.copyText(this.#texts, kept, place % SLOTS_MAX)
    for (let slot = exports.numbersTaken(this.#texts) - 1; slot >= 0; slot--) {
      if (!used.has(slot)) exports.freeNumber(kept, slot)
    }
    exports.freeTexts(this.#texts)
    this.#texts = kept
    this.#kernel.setSlots(this.#output, this.table, kept)
  }
}
