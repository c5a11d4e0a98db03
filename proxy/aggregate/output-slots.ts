import type { Family } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import type { OutputSeries } from '../gate/decide.ts'
import type { CombineFunction } from '../gate/merge/combine.ts'
import type { MergeFunction } from '../gate/merge/settings.ts'
import { RowNumbers, withRow } from './column.ts'

/** No slot: the series does not leave in this output. */
export const NO_SLOT = -1
/** No slot, since the rules took away the series' name. */
export const NAMELESS_SLOT = -2

/** A series of an output. */
export interface Slot {
  readonly number: number
  readonly series: OutputSeries
  /** Of the series that began it: later ones that become the same follow it. */
  readonly function: MergeFunction
  readonly origin: SlotOrigin
  /** Number of the histogram child to which a bucket belongs; undefined for what is no bucket. */
  readonly child: number | undefined
  /** When it began, in milliseconds since the epoch. */
  readonly bornMs: number
}

/** The metric that a slot was first seen as. */
export interface SlotOrigin {
  readonly name: string
  readonly family: Family
  readonly format: ExpositionFormat
}

/** What a slot costs beside its text, in bytes, about: an object, places in a map and in columns. */
const SLOT_BYTES = 250

/** The series of one output, with the sums of increases. */
export class OutputSlots {
  /** Changes whenever a slot comes or goes. */
  version = 0
  /**
   * Sums of increases by number of the slot; NaN until the first value came that is a number. Says nothing where the function
   * of a slot is another.
   */
  totals = new Float64Array(0)
  /** How a slot puts values together, by number; undefined where it does not, as sums of increases. */
  readonly combines: (CombineFunction | undefined)[] = []
  readonly #numbers = new RowNumbers()
  readonly #byText = new Map<string, Slot>()
  /** Numbers of histogram children, by the text of a bucket without its bound. */
  readonly #children = new Map<string, number>()
  readonly #childNumbers = new RowNumbers()
  #textLength = 0

  get heldBytes(): number {
    return this.#byText.size * SLOT_BYTES + 2 * this.#textLength + this.totals.byteLength
  }

  /** One more than the highest number of a slot. */
  get end(): number {
    return this.#numbers.end
  }

  /** One more than the highest number of a histogram child. */
  get childrenEnd(): number {
    return this.#childNumbers.end
  }

  /** All slots, by first appearance. */
  [Symbol.iterator](): Iterator<Slot> {
    return this.#byText.values()
  }

  /** The slot of a series; a new one if it has none. `childText` is the text of a bucket without its bound. */
  slotFor(candidate: Omit<Slot, 'number' | 'child'>, childText: string | undefined): Slot {
    const { text } = candidate.series
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const number = this.#numbers.take()
    const slot = { ...candidate, number, child: childText === undefined ? undefined : this.#child(childText) }
    this.#byText.set(text, slot)
    this.combines[number] = combineOf(slot.function)
    this.totals = withRow(this.totals, number, Number.NaN)
    this.totals[number] = Number.NaN
    this.#textLength += text.length
    this.version++
    return slot
  }

  /** Retires the slots that are not used. */
  keep(isUsed: (number: number) => boolean): void {
    const children = new Set<number | undefined>()
    const left = new Set<number>()
    for (const [text, slot] of this.#byText) {
      if (isUsed(slot.number)) {
        children.add(slot.child)
        left.add(slot.number)
        continue
      }
      this.#byText.delete(text)
      this.#textLength -= text.length
      this.version++
    }
    this.#numbers.keep(number => left.has(number))
    for (const [text, child] of this.#children) if (!children.has(child)) this.#children.delete(text)
    this.#childNumbers.keep(number => children.has(number))
  }

  #child(text: string): number {
    const known = this.#children.get(text)
    if (known !== undefined) return known
    const child = this.#childNumbers.take()
    this.#children.set(text, child)
    return child
  }
}

function combineOf(mergeFunction: MergeFunction): CombineFunction | undefined {
  const combines = mergeFunction !== 'increase' && mergeFunction !== 'created' && mergeFunction !== 'drop'
  return combines ? mergeFunction : undefined
}
