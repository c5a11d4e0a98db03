import { joinSeries, printLabel } from '../../exposition/print.ts'
import type { Label, Series } from '../../exposition/series.ts'
import { LABEL_ORDER_CHARACTERS_MAX, LABEL_ORDERS_MAX } from '../../limits.ts'

/**
 * The order in which series with these labels came first. Printed in that order, with plain escapes, two series are the
 * same bytes just when they are one and the same series. Applications keep to one order, so that this is the spelling
 * that they use, and their bytes can be compared without a thought.
 */
export class LabelOrders {
  /** Metric name and sorted label names → label names as they came first. */
  readonly #orders = new Map<string, readonly string[]>()

  /** The one spelling of a series; undefined when there is no room to remember an order. */
  spell({ name, labels }: Series): string | undefined {
    const order = this.orderOf(
      name,
      labels.map(([label]) => label),
    )
    if (order === undefined) return undefined
    return joinSeries(name, inOrder(labels, order).map(printLabel))
  }

  /** The order in which labels with these names came first; undefined when there is no room to remember it. */
  orderOf(metric: string, names: readonly string[]): readonly string[] | undefined {
    if (names.length < 2) return names
    const key = [metric, ...names.toSorted()].join('\0')
    const known = this.#orders.get(key)
    if (known !== undefined || this.isFull || key.length > LABEL_ORDER_CHARACTERS_MAX) return known
    this.#orders.set(key, names)
    return names
  }

  get isFull(): boolean {
    return this.#orders.size >= LABEL_ORDERS_MAX
  }
}

function inOrder(labels: readonly Label[], order: readonly string[]): readonly Label[] {
  if (labels.every(([name], at) => name === order[at])) return labels
  const values = new Map(labels)
  return order.map((name): Label => [name, values.get(name) ?? ''])
}
