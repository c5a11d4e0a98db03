import type { Registry } from 'prom-client'

/** What is known of a metric. */
export interface MetricFacts {
  readonly name: string
  readonly type: string
  readonly help: string
  /** Its own labels, without those that Prometheus adds. */
  readonly labels: ReadonlySet<string>
  /** Values that its labels have been seen with. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
}

/** Labels that Prometheus adds to what it scrapes by a ServiceMonitor or PodMonitor (prometheus-operator, pkg/prometheus/promcfg.go). */
export const TARGET_LABELS: readonly string[] = [
  ...['job', 'instance', 'namespace', 'pod', 'container', 'endpoint'],
  // By the relabelings of examples/monitoring/proxies.yaml.
  'gate',
]

/** What Prometheus itself says of each target (Prometheus' docs, "Automatically generated labels and time series"). */
const OF_PROMETHEUS = ['up', 'scrape_samples_scraped', 'scrape_duration_seconds']

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

interface OpenFacts extends MetricFacts {
  readonly labels: Set<string>
  readonly values: Map<string, Set<string>>
}

/** Reads an exposition (text format 0.0.4); by name of the metric, without the suffixes of histograms. */
export function factsOfExposition(text: string): Map<string, MetricFacts> {
  const facts = new Map<string, OpenFacts>()
  const helps = new Map(
    [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name = '', help = '']) => [name, help]),
  )
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    facts.set(name, { name, type, help: helps.get(name) ?? '', labels: new Set(), values: new Map() })
  }
  for (const line of text.split('\n').filter(line => line !== '' && !line.startsWith('#'))) {
    const [, name = '', labels = ''] = SAMPLE.exec(line) ?? []
    const of = facts.get(name) ?? facts.get(name.replace(/_(bucket|sum|count)$/, ''))
    if (of === undefined) throw new Error(`a sample without a TYPE: ${line}`)
    for (const [, label = '', value = ''] of labels.matchAll(LABEL)) {
      of.labels.add(label)
      of.values.set(label, (of.values.get(label) ?? new Set()).add(value))
    }
  }
  return facts
}

/** The same with the labels that metrics will have once something happens, as the registry of the process knows them. */
export function withRegistered(
  facts: ReadonlyMap<string, MetricFacts>,
  registry: Registry,
): Map<string, MetricFacts> {
  // prom-client's type of a metric leaves out what all of its metrics have.
  const registered = new Map(
    registry.getMetricsAsArray().map(metric => {
      const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: string[] }
      return [name, labelNames]
    }),
  )
  return new Map(
    [...facts].map(([name, of]) => {
      const known = registered.get(name)
      if (known === undefined) return [name, of]
      return [name, { ...of, labels: new Set([...known, ...(of.type === 'histogram' ? ['le'] : [])]) }]
    }),
  )
}

/** Facts of several processes, and of Prometheus itself. */
export function merged(...all: readonly ReadonlyMap<string, MetricFacts>[]): Map<string, MetricFacts> {
  const result = new Map<string, OpenFacts>()
  for (const facts of all.flatMap(part => [...part.values()])) {
    const known = result.get(facts.name) ?? { ...facts, labels: new Set(), values: new Map() }
    for (const label of facts.labels) known.labels.add(label)
    for (const [label, values] of facts.values) {
      known.values.set(label, new Set([...(known.values.get(label) ?? []), ...values]))
    }
    result.set(facts.name, known)
  }
  for (const name of OF_PROMETHEUS) {
    result.set(name, { name, type: 'gauge', help: '', labels: new Set(), values: new Map() })
  }
  return result
}
