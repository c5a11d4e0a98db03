import type { Family } from '../exposition/families.ts'
import { joinSeries, printLabel } from '../exposition/print.ts'
import type { Series } from '../exposition/series.ts'
import { withRow } from './column.ts'

/** Whether a series says when a counter, a histogram or a summary began. Source: OpenMetrics 1.0, "Counter". */
export function isCreated({ name }: Series, { name: familyName, type }: Family): boolean {
  const isCumulative = type === 'counter' || type === 'histogram' || type === 'summary'
  return isCumulative && name === `${familyName}_created`
}

/**
 * Which `_created` series belongs to a series. Metrics are known by a hash of 53 bits, since their texts would cost more than
 * all the rest: should two be mistaken for each other, one of them may count from 0 that should not.
 */
export class CreatedIndex {
  /** The hash of the metric that a series belongs to, by number; NaN: not known. */
  #metrics = new Float64Array(0)
  /** By hash of the metric. */
  readonly #created = new Map<number, number>()

  /** Takes a series of OpenMetrics in, by its number. */
  add(number: number, series: Series, family: Family): void {
    const metric = hash53(metricOf(series, family))
    this.#metrics = withRow(this.#metrics, number, Number.NaN)
    this.#metrics[number] = metric
    if (isCreated(series, family)) this.#created.set(metric, number)
  }

  /** The series that says when another one began; undefined if there is none. */
  of(series: number): number | undefined {
    return this.#created.get(this.#metrics[series] ?? Number.NaN)
  }

  /** Forgets the series that are not used. */
  keep(isUsed: (number: number) => boolean): void {
    for (const [metric, created] of this.#created) if (!isUsed(created)) this.#created.delete(metric)
    for (let series = 0; series < this.#metrics.length; series++) {
      if (!isUsed(series)) this.#metrics[series] = Number.NaN
    }
  }
}

/** Equal for the series of one metric: its family, and all labels but those that tell its samples apart. */
function metricOf({ labels }: Series, family: Family): string {
  const own = labels.filter(([name]) => name !== 'le' && name !== 'quantile')
  return joinSeries(family.name, own.map(printLabel).sort())
}

/** Source: the multiply-xorshift steps of MurmurHash3, on two words, joined to 53 bits. */
function hash53(text: string): number {
  let low = 0xdeadbeef
  let high = 0x41c6ce57
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    low = Math.imul(low ^ code, 0x85ebca6b)
    high = Math.imul(high ^ code, 0xc2b2ae35)
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35)
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35)
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0)
}
