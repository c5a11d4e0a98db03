import type { OutputSeries } from '../decide.ts'
import { SCRATCH } from './assembly/layout.ts'
import type { Kernel } from './kernel.ts'
import { Texts } from './texts.ts'

/** The series of one accumulating output, by number. */
export class Slots {
  /** Address of the table: texts of series → slots. */
  readonly table: number
  readonly #kernel: Kernel
  #texts = new Texts()
  /** What the metrics are called in the output, by slot. Strings are shared by the series of a metric. */
  readonly #names: string[] = []
  readonly #nameStrings = new Map<string, string>()
  #free: number[] = []

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.table = kernel.exports.createTable()
  }

  /** Memory held outside of the kernel, in bytes. */
  get heldBytes(): number {
    return this.#texts.heldBytes + 8 * this.#names.length
  }

  /** The slot of a series; undefined if it has none. */
  find({ text }: OutputSeries): number | undefined {
    const length = this.#kernel.writeScratch(text)
    if (length === -1) return undefined
    const entry = this.#kernel.exports.find(this.table, SCRATCH, length)
    return entry === -1 ? undefined : this.#kernel.exports.entryValue(this.table, entry)
  }

  /** Gives a series that has none a slot; undefined if its text is too long to be remembered. */
  create({ name, text }: OutputSeries): number | undefined {
    const length = this.#kernel.writeScratch(text)
    if (length === -1) return undefined
    const slot = this.#free.pop() ?? this.#names.length
    this.#kernel.exports.insert(this.table, SCRATCH, length, slot)
    this.#texts.set(slot, text)
    this.#names[slot] = this.#share(name)
    return slot
  }

  /** What the metric of a slot is called. */
  nameOf(slot: number): string {
    const name = this.#names[slot]
    if (name === undefined) throw new Error(`BUG: slot ${slot} has no name`)
    return name
  }

  /** The text of a slot, valid until a slot is created. */
  textOf(slot: number): ReturnType<Texts['get']> {
    return this.#texts.get(slot)
  }

  /** Forgets all slots but these. */
  keep(used: ReadonlySet<number>): void {
    const { createBits, setBit, compactTable, freeBits } = this.#kernel.exports
    const bits = createBits()
    for (const slot of used) setBit(bits, slot)
    compactTable(this.table, bits, 1)
    freeBits(bits)
    this.#texts = this.#texts.keep(used)
    this.#free = []
    this.#nameStrings.clear()
    for (let slot = this.#names.length - 1; slot >= 0; slot--) {
      if (used.has(slot)) this.#share(this.nameOf(slot))
      else {
        this.#names[slot] = ''
        this.#free.push(slot)
      }
    }
  }

  /** One string for all equal ones. */
  #share(name: string): string {
    const known = this.#nameStrings.get(name)
    if (known !== undefined) return known
    this.#nameStrings.set(name, name)
    return name
  }
}
