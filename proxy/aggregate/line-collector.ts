import { Families } from '../exposition/families.ts'
import type { ExpositionFormat } from '../exposition/format.ts'
import { LimitExceededError } from '../exposition/limit-error.ts'
import { type Line, LineSplitter } from '../exposition/lines.ts'
import { parseLine, type Sample } from '../exposition/parse.ts'
import { printExtras } from '../gate/accumulate.ts'
import { identityOf, numericLabel } from '../gate/decide.ts'
import { type Collection, type SeriesCollector, type SeriesRegistrar, UNWANTED } from './collector.ts'
import { malformedLine, missingEnd } from './errors.ts'
import { createPage, isAbsent, PAGE_SERIES, type ValuePages, wordsOf } from './values.ts'

/** What a series costs in the map of known ones beside its text, in bytes, about. */
const KNOWN_SERIES_BYTES = 80

/** The series that are known: what identifies each, and its number. */
class KnownSeries {
  readonly numbers = new Map<string, number>()
  heldBytes = 0

  remember(key: string, number: number): void {
    this.numbers.set(key, number)
    this.heldBytes += key.length + KNOWN_SERIES_BYTES
  }

  forget(isUsed: (number: number) => boolean): void {
    for (const [key, number] of this.numbers) {
      if (number !== UNWANTED && isUsed(number)) continue
      this.numbers.delete(key)
      this.heldBytes -= key.length + KNOWN_SERIES_BYTES
    }
  }
}

/** Reads expositions line by line, with the parser that is the specification of all others. */
export class LineCollector implements SeriesCollector {
  readonly #known = new KnownSeries()
  readonly #inputBytesMax: number

  /** `inputBytesMax` bounds the body of a target, 0: not at all. */
  constructor(inputBytesMax: number) {
    this.#inputBytesMax = inputBytesMax
  }

  get heldBytes(): number {
    return this.#known.heldBytes
  }

  open(format: ExpositionFormat, registrar: SeriesRegistrar): Collection {
    return new LineCollection(this.#known, format, registrar, this.#inputBytesMax)
  }

  forget(isUsed: (number: number) => boolean): void {
    this.#known.forget(isUsed)
  }
}

class LineCollection implements Collection {
  readonly stats = { bytesIn: 0, samplesIn: 0, duplicateSamples: 0, unwantedSamples: 0 }
  readonly #known: KnownSeries
  readonly #format: ExpositionFormat
  readonly #registrar: SeriesRegistrar
  readonly #inputBytesMax: number
  readonly #splitter: LineSplitter
  readonly #families = new Families()
  readonly #extras = new Map<number, string>()
  #pages: (Float64Array | undefined)[] = []
  #words: (Uint32Array | undefined)[] = []
  /** Whether the end marker of OpenMetrics came. */
  #ended = false

  constructor(
    known: KnownSeries,
    format: ExpositionFormat,
    registrar: SeriesRegistrar,
    inputBytesMax: number,
  ) {
    this.#known = known
    this.#format = format
    this.#registrar = registrar
    this.#inputBytesMax = inputBytesMax
    this.#splitter = new LineSplitter(format)
  }

  push(chunk: Uint8Array): void {
    this.stats.bytesIn += chunk.length
    if (this.#inputBytesMax !== 0 && this.stats.bytesIn > this.#inputBytesMax) {
      throw new LimitExceededError(
        'E_INPUT_BYTES',
        `the exposition is larger than ${this.#inputBytesMax} bytes`,
      )
    }
    for (const line of this.#splitter.push(chunk)) this.#read(line)
  }

  finish(): void {
    const line = this.#splitter.finish()
    if (line !== undefined) this.#read(line)
    if (this.#format === 'openmetrics' && !this.#ended) throw missingEnd()
  }

  pages(): ValuePages {
    return this.#pages
  }

  extras(): ReadonlyMap<number, string> {
    return this.#extras
  }

  close(): void {
    this.#pages = []
    this.#words = []
    this.#extras.clear()
  }

  #read({ bytes, start, end }: Line): void {
    const text = bytes.toString('latin1', start, end)
    if (this.#ended) throw malformedLine(text, 'nothing may follow the end')
    const parsed = parseLine(text, this.#format)
    if (parsed.kind === 'malformed') throw malformedLine(text, parsed.reason)
    if (parsed.kind === 'metadata') this.#families.declare(parsed)
    else if (parsed.kind === 'end') this.#ended = true
    else if (parsed.kind === 'sample') this.#take(parsed)
  }

  #take({ series, value }: Sample): void {
    const family = this.#families.of(series.name)
    const key = `${this.#format} ${numericLabel(family.type)} ${identityOf(series)}`
    let number = this.#known.numbers.get(key)
    if (number === undefined) {
      number = this.#registrar.numberOf(series, family)
      this.#known.remember(key, number)
    }
    this.stats.samplesIn++
    if (number === UNWANTED) this.stats.unwantedSamples++
    else if (!this.#put(number, value.value)) this.stats.duplicateSamples++
    else if (value.timestampText !== '' || value.exemplarText !== '') {
      this.#extras.set(number, printExtras(value))
    }
  }

  /** Writes the value of a series unless it has one. */
  #put(number: number, value: number): boolean {
    const at = Math.floor(number / PAGE_SERIES)
    const page = this.#pages[at] ?? createPage()
    const words = this.#words[at] ?? wordsOf(page)
    this.#pages[at] = page
    this.#words[at] = words
    const index = number % PAGE_SERIES
    if (!isAbsent(words, index)) return false
    page[index] = value
    return true
  }
}
