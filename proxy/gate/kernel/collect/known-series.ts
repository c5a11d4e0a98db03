import { hash } from 'node:crypto'
import { UNWANTED } from '../../../aggregate/collector.ts'
import type { ExpositionFormat } from '../../../exposition/format.ts'
import type { Series } from '../../../exposition/series.ts'
import { NO_POLICIES } from '../../../policy/series-policies.ts'
import { identityOf, type NumericLabel } from '../../decide.ts'
import { COLLECT_SERIES_MAX, SCRATCH, SERIES_BYTES_MAX } from '../assembly/layout.ts'
import { Kernel, NONE } from '../kernel.ts'
import { LabelOrders } from '../label-orders.ts'
import { Names } from '../names.ts'
import { Shapes } from '../shapes.ts'

/** The kernel has so many bits for the number of a metric. */
const METRICS_MAX = 2 ** 16

/** What a series costs that the kernel does not know, in bytes, about. */
const OTHER_BYTES = 150

/** A letter for each numeric label. */
const LETTERS: Readonly<Record<NumericLabel, string>> = { none: 'n', le: 'l', quantile: 'q' }

/**
 * The series that targets have in one format, and their numbers. The kernel knows them by their bytes, in the one spelling
 * that LabelOrders gives, each with one numeric label; what it cannot hold is in a map here.
 */
export class KnownSeries {
  readonly kernel = new Kernel()
  /** Those of series that the kernel can take apart. */
  readonly shapes: Shapes
  readonly #table: number
  readonly #orders = new LabelOrders()
  /** Numeric label and name of metrics. */
  readonly #metrics = new Names()
  /** By hash of numeric label and identity. */
  readonly #others = new Map<string, number>()
  readonly #unwantedMax: number
  #unwanted = 0

  /** Of series that no output wants, `unwantedMax` are remembered. */
  constructor(format: ExpositionFormat, unwantedMax: number) {
    this.#unwantedMax = unwantedMax
    const { exports } = this.kernel
    this.#table = exports.createTable()
    exports.setUp(this.#table, 0, 0, 0, 0, 0, 0, format === 'text' ? 1 : 0)
    this.shapes = new Shapes(this.kernel, [], format, new Names(), this.#orders, NO_POLICIES)
  }

  /** Memory that is held, in bytes, about. */
  get heldBytes(): number {
    return this.kernel.exports.heldBytes() + this.#metrics.heldBytes + OTHER_BYTES * this.#others.size
  }

  /** The name of a metric of the kernel, and whether a numeric label is the one for which its series are known. */
  metric(number: number): { readonly name: string; readonly has: (numeric: NumericLabel) => boolean } {
    const text = this.#metrics.get(number)
    return { name: text.slice(1), has: numeric => text.startsWith(LETTERS[numeric]) }
  }

  /** The metric and the number of the series with just these bytes, if the kernel knows it. */
  find(bytes: Buffer, start: number, end: number): { metric: number; number: number } | undefined {
    const entry = this.#find(bytes, start, end)
    if (entry === NONE) return undefined
    const { metricOf, entryValue } = this.kernel.exports
    return { metric: metricOf(entry), number: entryValue(this.#table, entry) }
  }

  /** The number of a series. Where there is none, `ask` is called, and its answer kept; its errors are passed on. */
  numberOf(series: Series, numeric: NumericLabel, ask: () => number): number {
    const { exports } = this.kernel
    const metric = this.#metrics.number(LETTERS[numeric] + series.name)
    const key = Buffer.from(this.#orders.spell(series) ?? identityOf(series))
    const entry = this.#find(key, 0, key.length)
    if (entry !== NONE && exports.metricOf(entry) === metric) return exports.entryValue(this.#table, entry)
    const known = this.#others.size === 0 ? undefined : this.#others.get(otherKey(series, numeric))
    if (known !== undefined) return known
    const number = ask()
    if (!this.#mayKeep(number)) return number
    if (entry !== NONE || key.length > SERIES_BYTES_MAX || metric >= METRICS_MAX) {
      this.#others.set(otherKey(series, numeric), number)
    } else {
      key.copy(this.kernel.bytes, SCRATCH)
      exports.enterSeries(SCRATCH, key.length, number, metric)
    }
    return number
  }

  /**
   * Fast path: the same for a series that the kernel has taken apart because it does not know it, from address `start` to `end`.
   * False when it has to go the other way.
   */
  learn(start: number, end: number, series: Series, numeric: NumericLabel, ask: () => number): boolean {
    const metric = this.#metrics.number(LETTERS[numeric] + series.name)
    if (metric >= METRICS_MAX || this.#others.size > 0) return false
    const number = ask()
    if (!this.#mayKeep(number)) return false
    this.kernel.exports.enterSeries(start, end - start, number, metric)
    return true
  }

  /** Forgets the series whose number is not used, and the unwanted ones if there are more than can be remembered. */
  forget(isUsed: (number: number) => boolean): void {
    const forgetsUnwanted = this.#unwanted > this.#unwantedMax
    const stays = (number: number) => (number === UNWANTED ? !forgetsUnwanted : isUsed(number))
    this.#forgetEntries(stays)
    for (const [key, number] of this.#others) if (!stays(number)) this.#others.delete(key)
    if (forgetsUnwanted) this.#unwanted = 0
  }

  /** Whether there is room for a series with this number. */
  #mayKeep(number: number): boolean {
    if (number >= COLLECT_SERIES_MAX) throw new Error(`BUG: a series has the number ${number}`)
    return number !== UNWANTED || ++this.#unwanted <= this.#unwantedMax
  }

  #forgetEntries(stays: (number: number) => boolean): void {
    const { createBits, freeBits, setBit, tableCount, entryValue, metricOf, compactTable } =
      this.kernel.exports
    const bits = createBits()
    const usedMetrics = new Set<number>()
    const count = tableCount(this.#table)
    for (let entry = 0; entry < count; entry++) {
      if (!stays(entryValue(this.#table, entry))) continue
      setBit(bits, entry)
      usedMetrics.add(metricOf(entry))
    }
    compactTable(this.#table, bits, 0)
    freeBits(bits)
    this.#metrics.keep(usedMetrics)
  }

  #find(bytes: Buffer, start: number, end: number): number {
    if (end - start > SERIES_BYTES_MAX) return NONE
    bytes.copy(this.kernel.bytes, SCRATCH, start, end)
    return this.kernel.exports.find(this.#table, SCRATCH, end - start)
  }
}

function otherKey(series: Series, numeric: NumericLabel): string {
  return hash('sha256', LETTERS[numeric] + identityOf(series), 'base64')
}
