import { LINE_BYTES_MAX } from '../limits.ts'
import type { ExpositionFormat } from './format.ts'
import { LimitExceededError } from './limit-error.ts'

/** One logical line: a range of bytes, valid only until the next line is asked for. */
export interface Line {
  readonly bytes: Buffer
  readonly start: number
  /** After the newline, if the line has one: only the last line of a body can lack it. */
  readonly end: number
  /** After the brace that closes the labels; -1 without labels. A hint, found without parsing. */
  readonly labelsEnd: number
}

const LINE_FEED = 0x0a

/** States of the scanner. After LABELS_END nothing but a newline matters. */
const LINE_START = 0
const NAME = 1
/** Between the braces, where a quote may open. */
const LABELS = 2
/** Between the braces, after something that no quote may follow, such as a label name. */
const LABEL_NAME = 3
const QUOTED = 4
const ESCAPED = 5
const LABELS_END = 6
const REST = 7
const LINE_END = 8

/** For each state: the next state for any byte, and the bytes that lead elsewhere. */
type Transitions = readonly (readonly [otherwise: number, special: Readonly<Record<string, number>>])[]

/**
 * In the text format a newline between quotes belongs to the label value; OpenMetrics has none there. A quote where
 * the grammar has no place for one makes the line malformed, and it then ends at the next newline, so that a missing
 * quote does not swallow the rest of the body. Quotes in comments and metadata mean nothing.
 */
function transitions(format: ExpositionFormat): Transitions {
  const newlineInQuotes = format === 'text' ? QUOTED : LINE_END
  const inLabels = { ',': LABELS, '=': LABELS, '}': LABELS_END, '\n': LINE_END }
  return [
    [NAME, { ' ': LINE_START, '\t': LINE_START, '#': REST, '{': LABELS, '\n': LINE_END }], // LINE_START
    [NAME, { '{': LABELS, '\n': LINE_END }], // NAME
    [LABEL_NAME, { ...inLabels, ' ': LABELS, '\t': LABELS, '"': QUOTED }], // LABELS
    [LABEL_NAME, { ...inLabels, '"': REST }], // LABEL_NAME
    [QUOTED, { '"': LABELS, '\\': ESCAPED, '\n': newlineInQuotes }], // QUOTED
    [QUOTED, { '\n': LINE_END }], // ESCAPED
  ]
}

/** The transitions as one table: `state * 256 + byte → state`. */
function tabulate(rows: Transitions): Uint8Array {
  const table = new Uint8Array(rows.length * 256)
  for (const [state, [otherwise, special]] of rows.entries()) {
    table.fill(otherwise, state * 256, (state + 1) * 256)
    for (const [character, next] of Object.entries(special)) {
      table[state * 256 + character.charCodeAt(0)] = next
    }
  }
  return table
}

/** How lines end: as in a format, or `any`, where nothing is parsed: at each newline. */
export type LineEnds = ExpositionFormat | 'any'

const TABLES: Readonly<Record<LineEnds, Uint8Array>> = {
  text: tabulate(transitions('text')),
  openmetrics: tabulate(transitions('openmetrics')),
  any: tabulate([[REST, { '\n': LINE_END }]]),
}

/**
 * Splits the chunks of a body into logical lines, wherever the chunks are cut. Each byte is looked at once; what is
 * kept between chunks is the line that they share.
 */
export class LineSplitter {
  readonly #table: Uint8Array
  #state = LINE_START
  /** Counted from the start of the line. */
  #labelsEnd = -1
  /** The beginning of a line whose end has not come yet. */
  #partial = Buffer.alloc(0)
  #partialBytes = 0

  constructor(ends: LineEnds) {
    this.#table = TABLES[ends]
  }

  /** The lines that end in this chunk. Throws LimitExceededError (E_LINE_BYTES) at a line that is too long. */
  *push(chunk: Uint8Array): Generator<Line, void, undefined> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    while (start < bytes.length) {
      const end = this.next(bytes, start)
      if (end === -1) return
      yield this.line(bytes, start, end)
      start = end
    }
  }

  /**
   * Where the line ends that goes on or begins at `start`; -1 when that is not in these bytes, which are kept then.
   * Throws LimitExceededError (E_LINE_BYTES).
   */
  next(bytes: Buffer, start: number): number {
    const end = this.#scan(bytes, start)
    if (end === -1) this.#keep(bytes, start, bytes.length)
    return end
  }

  /**
   * The line whose end `next` has found, with what of it came in earlier chunks. The splitter is ready for the line
   * after it then. Throws LimitExceededError (E_LINE_BYTES).
   */
  line(bytes: Buffer, start: number, end: number): Line {
    const line = this.#line(bytes, start, end)
    this.#reset()
    return line
  }

  /** Whether a line has begun whose end has not come. */
  get isWithinLine(): boolean {
    return this.#partialBytes > 0
  }

  /** The last line, when the body does not end with a newline. */
  finish(): Line | undefined {
    if (this.#partialBytes === 0) return undefined
    const line = this.#partialLine()
    this.#reset()
    return line
  }

  /** Where the line ends that goes on at `from`; -1 when that is not in these bytes. */
  #scan(bytes: Buffer, from: number): number {
    const table = this.#table
    const origin = from - this.#partialBytes
    let state = this.#state
    let at = from
    while (at < bytes.length && state < LABELS_END) {
      state = table[state * 256 + (bytes[at] as number)] as number
      at++
    }
    if (state === LINE_END) return at
    if (state === LABELS_END) {
      this.#labelsEnd = at - origin
      state = REST
    }
    this.#state = state
    if (state !== REST) return -1
    return bytes.indexOf(LINE_FEED, at) + 1 || -1
  }

  /** The line that ends at `end`, joined with what of it came in earlier chunks. */
  #line(bytes: Buffer, start: number, end: number): Line {
    if (this.#partialBytes === 0) {
      checkLength(bytes, start, end)
      return { bytes, start, end, labelsEnd: this.#labelsEnd === -1 ? -1 : start + this.#labelsEnd }
    }
    this.#keep(bytes, start, end)
    return this.#partialLine()
  }

  #partialLine(): Line {
    return { bytes: this.#partial, start: 0, end: this.#partialBytes, labelsEnd: this.#labelsEnd }
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    const length = this.#partialBytes + end - start
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#partial.length))
      this.#partial.copy(larger, 0, 0, this.#partialBytes)
      this.#partial = larger
    }
    bytes.copy(this.#partial, this.#partialBytes, start, end)
    this.#partialBytes = length
    checkLength(this.#partial, 0, length)
  }

  #reset(): void {
    this.#state = LINE_START
    this.#labelsEnd = -1
    this.#partialBytes = 0
  }
}

/** How much of a line that is too long the error shows, in bytes. */
const PREVIEW_BYTES = 60

function checkLength(bytes: Buffer, start: number, end: number): void {
  if (end - start <= LINE_BYTES_MAX) return
  const preview = JSON.stringify(bytes.toString('latin1', start, start + PREVIEW_BYTES))
  throw new LimitExceededError(
    'E_LINE_BYTES',
    `a line of the exposition is longer than ${LINE_BYTES_MAX} bytes; it begins with ${preview}`,
  )
}
