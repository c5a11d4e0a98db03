/** How many values a label has on a metric. */
export interface LabelCardinality {
  readonly label: string
  readonly distinctValues: number
  /** All of them, sorted, where they are few. */
  readonly values?: readonly string[]
}

/** How many series a metric has, and which labels make them. */
export interface MetricCardinality {
  readonly metric: string
  readonly series: number
  readonly labels: readonly LabelCardinality[]
}

/** Up to how many values of a label are listed by name, as the forerunner does. */
const LISTED_VALUES_MAX = 5

interface MetricCount {
  series: number
  readonly values: Map<string, Set<string>>
}

function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Counts series by metric, and distinct values by label. */
export class Cardinality {
  readonly #metrics = new Map<string, MetricCount>()

  /** Counts one series. */
  add(name: string, labels: Iterable<readonly [name: string, value: string]>): void {
    const metric = this.#metrics.get(name) ?? { series: 0, values: new Map() }
    if (metric.series === 0) this.#metrics.set(name, metric)
    metric.series++
    for (const [label, value] of labels) {
      const values = metric.values.get(label)
      if (values === undefined) metric.values.set(label, new Set([value]))
      else values.add(value)
    }
  }

  /** The metrics with the most series first, and of each the labels with the most values first. */
  report(): MetricCardinality[] {
    return [...this.#metrics]
      .map(([metric, { series, values }]) => ({ metric, series, labels: reportLabels(values) }))
      .sort((a, b) => b.series - a.series || byText(a.metric, b.metric))
  }
}

function reportLabels(values: ReadonlyMap<string, ReadonlySet<string>>): LabelCardinality[] {
  return [...values]
    .map(([label, distinct]) => ({
      label,
      distinctValues: distinct.size,
      ...(distinct.size <= LISTED_VALUES_MAX ? { values: [...distinct].sort(byText) } : {}),
    }))
    .sort((a, b) => b.distinctValues - a.distinctValues || byText(a.label, b.label))
}
