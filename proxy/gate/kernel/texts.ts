import { SERIES_BYTES_MAX } from './assembly/layout.ts'

const PAGE_BYTES = 64 * 1024

/** Every so many texts one is kept whole, so that no text is more than so many steps away. */
const STEPS_MAX = 16

/** How a text differs from the one before it: words in an array. */
const PAGE = 0
const OFFSET = 1
/** How many bytes they share at the start, in the upper half, and at the end, in the lower. */
const SHARED = 2
/** How many bytes are between these; they are in the page. */
const MIDDLE = 3
const WORDS = 4

/** Where a text is. */
export interface TextRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Texts by number, as UTF-8 of up to SERIES_BYTES_MAX bytes. A text is kept as its difference from the one set before:
 * what lies between a common beginning and a common end. The series of a metric follow one another and differ in a label or two,
 * so that a text of 300 bytes takes about 20, and 20 more for its place. Texts are best read in the order in which they were set.
 */
export class Texts {
  readonly #pages: Buffer[] = []
  #filled = PAGE_BYTES
  /** In the order in which texts were set. */
  #differences = new Uint32Array(WORDS * 256)
  #count = 0
  /** Number of a text → its place in that order. */
  #places = new Uint32Array(256)
  /** The text set last, and the text read last: which, and its length. */
  readonly #last = Buffer.alloc(SERIES_BYTES_MAX)
  #lastBytes = 0
  readonly #read = Buffer.alloc(SERIES_BYTES_MAX)
  #readPlace = -1
  #readBytes = 0

  /** Memory that is held, in bytes. */
  get heldBytes(): number {
    return this.#pages.length * PAGE_BYTES + this.#differences.byteLength + this.#places.byteLength
  }

  /** Sets the text with this number. What it was before stays in its page until `keep`. */
  set(number: number, text: string): void {
    const bytes = Buffer.from(text)
    this.#append(number, bytes, bytes.length)
  }

  /** The text with this number; valid until the next call. */
  get(number: number): TextRange {
    const place = this.#places[number] ?? 0
    const isNext = this.#readPlace !== -1 && place === this.#readPlace + 1
    if (place !== this.#readPlace) {
      for (let step = isNext ? place : place - (place % STEPS_MAX); step <= place; step++) this.#step(step)
    }
    return { bytes: this.#read, start: 0, end: this.#readBytes }
  }

  /** Copies the texts with these numbers to a store of their own, each under its number. */
  keep(numbers: Iterable<number>): Texts {
    const kept = new Texts()
    const places = this.#places
    for (const number of [...numbers].sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0))) {
      const { bytes, end } = this.get(number)
      kept.#append(number, bytes, end)
    }
    return kept
  }

  #append(number: number, bytes: Buffer, length: number): void {
    const isWhole = this.#count % STEPS_MAX === 0
    const start = isWhole ? 0 : commonStart(this.#last, this.#lastBytes, bytes, length)
    const rest = Math.min(this.#lastBytes, length) - start
    const end = isWhole ? 0 : commonEnd(this.#last, this.#lastBytes, bytes, length, rest)
    const middle = length - start - end
    const page = this.#reserve(middle)
    bytes.copy(page, this.#filled, start, start + middle)
    this.#differences = grown(this.#differences, (this.#count + 1) * WORDS)
    const difference = [this.#pages.length - 1, this.#filled, start * 2 ** 16 + end, middle]
    this.#differences.set(difference, this.#count * WORDS)
    this.#places = grown(this.#places, number + 1)
    this.#places[number] = this.#count++
    this.#filled += middle
    bytes.copy(this.#last, 0, 0, length)
    this.#lastBytes = length
  }

  /** Makes the text read last the one at this place, if it was the one before. */
  #step(place: number): void {
    const at = place * WORDS
    const page = this.#pages[this.#differences[at + PAGE] ?? 0]
    if (page === undefined) throw new Error(`BUG: no text at ${place}`)
    const offset = this.#differences[at + OFFSET] ?? 0
    const shared = this.#differences[at + SHARED] ?? 0
    const middle = this.#differences[at + MIDDLE] ?? 0
    const start = shared >>> 16
    const end = shared & 0xffff
    this.#read.copyWithin(start + middle, this.#readBytes - end, this.#readBytes)
    page.copy(this.#read, start, offset, offset + middle)
    this.#readBytes = start + middle + end
    this.#readPlace = place
  }

  /** A page with room for so many bytes. */
  #reserve(length: number): Buffer {
    const last = this.#pages.at(-1)
    if (last !== undefined && this.#filled + length <= PAGE_BYTES) return last
    // Not from the pool, which would keep memory of others alive.
    const page = Buffer.allocUnsafeSlow(PAGE_BYTES)
    this.#pages.push(page)
    this.#filled = 0
    return page
  }
}

function commonStart(a: Buffer, aBytes: number, b: Buffer, bBytes: number): number {
  const max = Math.min(aBytes, bBytes)
  let bytes = 0
  while (bytes < max && a[bytes] === b[bytes]) bytes++
  return bytes
}

function commonEnd(a: Buffer, aBytes: number, b: Buffer, bBytes: number, max: number): number {
  let bytes = 0
  while (bytes < max && a[aBytes - 1 - bytes] === b[bBytes - 1 - bytes]) bytes++
  return bytes
}

/** The array, or a copy with room for so many items and some more. */
function grown(array: Uint32Array<ArrayBuffer>, items: number): Uint32Array<ArrayBuffer> {
  if (items <= array.length) return array
  const larger = new Uint32Array(Math.ceil(items * 1.5))
  larger.set(array)
  return larger
}
