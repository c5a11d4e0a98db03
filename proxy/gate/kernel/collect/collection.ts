import { type Collection, type SeriesRegistrar, UNWANTED } from '../../../aggregate/collector.ts'
import { malformedLine, missingEnd } from '../../../aggregate/errors.ts'
import { PAGE_SERIES, type ValuePages } from '../../../aggregate/values.ts'
import { Families } from '../../../exposition/families.ts'
import type { ExpositionFormat } from '../../../exposition/format.ts'
import { LimitExceededError } from '../../../exposition/limit-error.ts'
import { type Line, LineSplitter } from '../../../exposition/lines.ts'
import { parseLine, type Sample } from '../../../exposition/parse.ts'
import type { Series } from '../../../exposition/series.ts'
import { parseValue, type SampleValue } from '../../../exposition/value.ts'
import { printExtras } from '../../accumulate.ts'
import { numericLabel } from '../../decide.ts'
import {
  EXIT_NAME,
  EXIT_SERIES,
  EXIT_STAMP,
  SCRAPE_AT,
  SCRAPE_NAME,
  SCRAPE_REPEATED,
  SCRAPE_SAMPLES,
  SCRAPE_SEEN,
  SCRAPE_SERIES_END,
  SCRAPE_SHAPE,
  SCRAPE_STAMPED,
  SCRAPE_TIMESTAMP,
  SCRAPE_UNWANTED,
  SCRAPE_VALUE_PAGES,
} from '../assembly/layout.ts'
import { NONE } from '../kernel.ts'
import { guessSeriesEnd } from '../series-end.ts'
import { Window, type WindowReader } from '../window.ts'
import type { KnownSeries } from './known-series.ts'

/** One scrape of one target. The kernel reads the plain samples of known series; the rest is read line by line. */
export class KernelCollection implements Collection, WindowReader {
  readonly stats = { bytesIn: 0, samplesIn: 0, duplicateSamples: 0, unwantedSamples: 0 }
  readonly #known: KnownSeries
  readonly #format: ExpositionFormat
  readonly #registrar: SeriesRegistrar
  readonly #inputBytesMax: number
  readonly #window: Window
  readonly #families = new Families()
  readonly #extras = new Map<number, string>()
  /** Where the kernel has the scrape; 0 when it has it no more. */
  #address: number
  #pages: readonly (Float64Array | undefined)[] = []
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
    this.#window = new Window(known.kernel, new LineSplitter(format), this)
    this.#address = known.kernel.exports.beginScrape(0)
  }

  push(chunk: Uint8Array): void {
    this.stats.bytesIn += chunk.length
    if (this.#inputBytesMax !== 0 && this.stats.bytesIn > this.#inputBytesMax) {
      throw new LimitExceededError(
        'E_INPUT_BYTES',
        `the exposition is larger than ${this.#inputBytesMax} bytes`,
      )
    }
    try {
      this.#window.push(chunk)
    } finally {
      this.#takeCounts()
    }
  }

  finish(): void {
    this.#window.finish()
    if (this.#format === 'openmetrics' && !this.#ended) throw missingEnd()
    this.#pages = this.#copyPages()
    this.#release()
  }

  pages(): ValuePages {
    return this.#pages
  }

  extras(): ReadonlyMap<number, string> {
    return this.#extras
  }

  close(): void {
    this.#release()
    this.#pages = []
    this.#extras.clear()
  }

  /** After the end there is only what must not be there. */
  get readsLines(): boolean {
    return this.#ended
  }

  run(start: number, end: number): number {
    return this.#known.kernel.exports.collect(this.#address, start, end)
  }

  stoppedAt(): number {
    return this.#word(SCRAPE_AT)
  }

  canGoOn(exit: number): boolean {
    if (exit === EXIT_NAME) return this.#bindName()
    if (exit === EXIT_SERIES) return this.#learn()
    if (exit === EXIT_STAMP) this.#takeTimestamp()
    return exit === EXIT_STAMP
  }

  /** Tells the kernel that the family of a metric is what it was when its series were numbered, if that is so. */
  #bindName(): boolean {
    const number = this.#word(SCRAPE_NAME)
    const { name, has } = this.#known.metric(number)
    const isSame = has(numericLabel(this.#families.of(name).type))
    if (isSame) this.#known.kernel.exports.bindName(this.#address, number, 0, 0, 0)
    return isSame
  }

  /** Takes the timestamp of the sample that the kernel has just taken. */
  #takeTimestamp(): void {
    const timestamp = this.#known.kernel.floats[(this.#address + SCRAPE_TIMESTAMP) / 8] ?? 0
    this.#extras.set(this.#word(SCRAPE_STAMPED), ` ${timestamp}`)
  }

  /** Numbers the series that begins the line where the kernel has stopped. */
  #learn(): boolean {
    const { kernel, shapes } = this.#known
    const start = this.stoppedAt()
    const end = this.#word(SCRAPE_SERIES_END)
    const text = kernel.bytes.toString('latin1', start, end)
    const number = this.#word(SCRAPE_SHAPE) | 0
    const shape = number === NONE ? shapes.add(text) : shapes.get(number)
    if (shape === undefined) return false
    const { name } = shape
    const family = this.#families.of(name)
    const labels = shapes.labelsOf(shape, text, start)
    const series: Series = { kind: 'series', name, labels, end: text.length }
    const ask = () => this.#registrar.numberOf(series, family)
    return this.#known.learn(start, end, series, numericLabel(family.type), ask)
  }

  readLine(line: Line): void {
    if (!this.#ended && this.#takeKnown(line)) return
    const text = line.bytes.toString('latin1', line.start, line.end)
    if (this.#ended) throw malformedLine(text, 'nothing may follow the end')
    const parsed = parseLine(text, this.#format)
    if (parsed.kind === 'malformed') throw malformedLine(text, parsed.reason)
    if (parsed.kind === 'end') this.#ended = true
    else if (parsed.kind === 'sample') this.#take(parsed)
    else if (parsed.kind === 'metadata') {
      this.#families.declare(parsed)
      this.#known.kernel.exports.forgetFamilies(this.#address)
    }
  }

  /** Takes a sample of a series whose bytes are known, whatever its value looks like. False if it is something else. */
  #takeKnown(line: Line): boolean {
    const { bytes, start, end } = line
    const seriesEnd = guessSeriesEnd(line)
    const found = this.#known.find(bytes, start, seriesEnd)
    if (found === undefined) return false
    const { name, has } = this.#known.metric(found.metric)
    if (!has(numericLabel(this.#families.of(name).type))) return false
    const value = parseValue(bytes.toString('latin1', seriesEnd, end), 0, this.#format)
    if (value.kind === 'malformed') return false
    this.stats.samplesIn++
    this.#put(found.number, value)
    return true
  }

  #take({ series, value }: Sample): void {
    const family = this.#families.of(series.name)
    const ask = () => this.#registrar.numberOf(series, family)
    const number = this.#known.numberOf(series, numericLabel(family.type), ask)
    this.stats.samplesIn++
    this.#put(number, value)
  }

  #put(number: number, value: SampleValue): void {
    if (number === UNWANTED) this.stats.unwantedSamples++
    else if (this.#known.kernel.exports.put(this.#address, number, value.value) === 0)
      this.stats.duplicateSamples++
    else if (value.timestampText !== '' || value.exemplarText !== '') {
      this.#extras.set(number, printExtras(value))
    }
  }

  /** Moves what the kernel has counted to the statistics. */
  #takeCounts(): void {
    this.stats.samplesIn += this.#takeCount(SCRAPE_SAMPLES)
    this.stats.duplicateSamples += this.#takeCount(SCRAPE_REPEATED)
    this.stats.unwantedSamples += this.#takeCount(SCRAPE_UNWANTED)
  }

  #takeCount(field: number): number {
    const count = this.#word(field)
    this.#known.kernel.words[(this.#address + field) / 4] = 0
    return count
  }

  #word(field: number): number {
    if (this.#address === 0) throw new Error('BUG: the collection is closed')
    return this.#known.kernel.words[(this.#address + field) / 4] ?? 0
  }

  /** The kernel's pages of values, copied: its memory is for scrapes that are under way. */
  #copyPages(): readonly (Float64Array | undefined)[] {
    const { words, floats } = this.#known.kernel
    const directory = this.#word(SCRAPE_SEEN) / 4
    const copies = new Float64Array(this.#word(SCRAPE_VALUE_PAGES) * PAGE_SERIES)
    const pages: (Float64Array | undefined)[] = []
    for (let copied = 0; copied < copies.length; ) {
      const at = (words[directory + pages.length] ?? 0) / 8
      const page = at === 0 ? undefined : copies.subarray(copied, copied + PAGE_SERIES)
      page?.set(floats.subarray(at, at + PAGE_SERIES))
      copied += page?.length ?? 0
      pages.push(page)
    }
    return pages
  }

  /** Gives the kernel's memory back. */
  #release(): void {
    if (this.#address !== 0) this.#known.kernel.exports.endCollection(this.#address)
    this.#address = 0
  }
}
