import type { Family } from '../exposition/families.ts'
import type { Metadata, MetricType } from '../exposition/metadata.ts'
import type { Series } from '../exposition/series.ts'
import { unescapeLabel } from '../exposition/text.ts'
import type { FieldValue, MetricFields } from './fields.ts'
import type { MetricFieldName, MetricTypeName, TemporalityName } from './policy.ts'

/** Attributes of what exposes the metrics, such as `k8s.pod.name`. */
export type ResourceAttributes = ReadonlyMap<string, string>

/** OpenTelemetry's type of each type of Prometheus; a type that is not known is none. */
const METRIC_TYPES: Readonly<Record<MetricType, MetricTypeName | undefined>> = {
  counter: 'sum',
  gauge: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
  info: 'gauge',
  stateset: 'gauge',
  unknown: undefined,
  untyped: undefined,
}

/** Types whose values count from the start of the application. */
const CUMULATIVE: ReadonlySet<MetricType | undefined> = new Set<MetricType>(['counter', 'histogram'])

/** Labels that carry the instrumentation scope. Source: OpenTelemetry, Prometheus and OpenMetrics Compatibility. */
const SCOPE = 'otel_scope_'
const SCOPE_LABELS: ReadonlyMap<MetricFieldName, string> = new Map([
  ['scope_name', `${SCOPE}name`],
  ['scope_version', `${SCOPE}version`],
  ['scope_schema_url', `${SCOPE}schema_url`],
])

/** An empty label is an absent label, and an empty text says nothing either. */
const unlessEmpty = (text: string | undefined) => (text === '' ? undefined : text)

/** A series of an exposition, in the terms of policies. */
export class PrometheusFields implements MetricFields {
  readonly #series: Pick<Series, 'name' | 'labels'>
  readonly #family: Family
  readonly #resource: ResourceAttributes

  constructor(series: Pick<Series, 'name' | 'labels'>, family: Family, resource: ResourceAttributes) {
    this.#series = series
    this.#family = family
    this.#resource = resource
  }

  get metricType(): MetricTypeName | undefined {
    return this.#family.type === undefined ? undefined : METRIC_TYPES[this.#family.type]
  }

  get aggregationTemporality(): TemporalityName | undefined {
    return CUMULATIVE.has(this.#family.type) ? 'cumulative' : undefined
  }

  /** The name is that of the sample, suffix included. */
  field(name: MetricFieldName): FieldValue {
    if (name === 'name') return this.#series.name
    if (name === 'description') return this.#metadata('HELP')
    if (name === 'unit') return this.#metadata('UNIT')
    const label = SCOPE_LABELS.get(name)
    return label === undefined ? undefined : this.#label(label)
  }

  /** A label. They are flat: a path means the label whose name has dots. */
  datapointAttribute(path: readonly string[]): FieldValue {
    return this.#label(path.join('.'))
  }

  resourceAttribute(path: readonly string[]): FieldValue {
    return this.#resource.get(path.join('.'))
  }

  /** Exporters write what a label name could not have, before Prometheus 3, as underscores. */
  scopeAttribute(path: readonly string[]): FieldValue {
    const name = `${SCOPE}${path.join('.')}`
    return this.#label(name) ?? this.#label(name.replace(/[^a-zA-Z0-9_]/g, '_'))
  }

  #label(name: string): string | undefined {
    return unlessEmpty(this.#series.labels.find(([label]) => label === name)?.[1])
  }

  #metadata(keyword: Metadata['keyword']): string | undefined {
    const text = this.#family.metadata.find(metadata => metadata.keyword === keyword)?.text
    return text === undefined ? undefined : unlessEmpty(unescapeLabel(text))
  }
}
