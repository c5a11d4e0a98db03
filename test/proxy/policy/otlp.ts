import type { FieldValue, MetricFields } from '../../../proxy/policy/fields.ts'
import type { MetricFieldName, TemporalityName } from '../../../proxy/policy/policy.ts'
import type { PolicySet } from '../../../proxy/policy/policy-set.ts'

/** The parts of OTLP's JSON that policies can read. */
interface AnyValue {
  readonly stringValue?: string
  readonly boolValue?: boolean
  readonly intValue?: string
  readonly doubleValue?: number
  readonly bytesValue?: string
  readonly kvlistValue?: { readonly values: readonly KeyValue[] }
}
interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}
interface DataPoint {
  readonly attributes?: readonly KeyValue[]
}
interface Points {
  readonly dataPoints: readonly DataPoint[]
  readonly aggregationTemporality?: string
}
const TYPES = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponentialHistogram: 'exponential_histogram',
  summary: 'summary',
} as const
type Metric = { readonly name: string; readonly description?: string; readonly unit?: string } & {
  readonly [Key in keyof typeof TYPES]?: Points
}
interface ScopeMetrics {
  readonly scope?: {
    readonly name?: string
    readonly version?: string
    readonly attributes?: readonly KeyValue[]
  }
  readonly metrics: readonly Metric[]
  readonly schemaUrl?: string
}
interface ResourceMetrics {
  readonly resource?: { readonly attributes?: readonly KeyValue[] }
  readonly scopeMetrics: readonly ScopeMetrics[]
  readonly schemaUrl?: string
}
export interface MetricsData {
  readonly resourceMetrics?: readonly ResourceMetrics[]
}

function scalarOf(value: AnyValue): FieldValue {
  if (value.intValue !== undefined) return BigInt(value.intValue)
  if (value.bytesValue !== undefined) return Buffer.from(value.bytesValue, 'base64')
  return value.stringValue ?? value.boolValue ?? value.doubleValue
}

function attribute(attributes: readonly KeyValue[] | undefined, path: readonly string[]): FieldValue {
  const [key, ...rest] = path
  const value = attributes?.find(entry => entry.key === key)?.value
  if (value === undefined) return undefined
  return rest.length === 0 ? scalarOf(value) : attribute(value.kvlistValue?.values, rest)
}

const TEMPORALITIES: ReadonlyMap<string | undefined, TemporalityName> = new Map([
  ['AGGREGATION_TEMPORALITY_DELTA', 'delta'],
  ['AGGREGATION_TEMPORALITY_CUMULATIVE', 'cumulative'],
])

const kindOf = (metric: Metric) =>
  (Object.keys(TYPES) as (keyof typeof TYPES)[]).find(kind => metric[kind] !== undefined)

/** A data point of OTLP, in the terms of policies. */
function fieldsOf(
  resource: ResourceMetrics,
  scope: ScopeMetrics,
  metric: Metric,
  point: DataPoint,
): MetricFields {
  const texts: Readonly<Record<MetricFieldName, string | undefined>> = {
    name: metric.name,
    description: metric.description,
    unit: metric.unit,
    resource_schema_url: resource.schemaUrl,
    scope_schema_url: scope.schemaUrl,
    scope_name: scope.scope?.name,
    scope_version: scope.scope?.version,
  }
  const kind = kindOf(metric)
  return {
    // A text of protobuf that is not set is ''.
    field: name => texts[name] || undefined,
    datapointAttribute: path => attribute(point.attributes, path),
    resourceAttribute: path => attribute(resource.resource?.attributes, path),
    scopeAttribute: path => attribute(scope.scope?.attributes, path),
    metricType: kind && TYPES[kind],
    aggregationTemporality: TEMPORALITIES.get(kind && metric[kind]?.aggregationTemporality),
  }
}

/** What the policies leave of the data; what has nothing left in it goes too. Hits and misses are counted. */
export function filterOtlp(data: MetricsData, policies: PolicySet): readonly ResourceMetrics[] {
  const isKept = (fields: MetricFields) => {
    const decision = policies.decide(fields)
    policies.count(decision, 1)
    return decision.kept
  }
  const metricsOf = (resource: ResourceMetrics, scope: ScopeMetrics) =>
    scope.metrics.flatMap(metric => {
      const kind = kindOf(metric)
      const points = kind && metric[kind]
      if (kind === undefined || points === undefined) return [metric]
      const dataPoints = points.dataPoints.filter(point => isKept(fieldsOf(resource, scope, metric, point)))
      return dataPoints.length === 0 ? [] : [{ ...metric, [kind]: { ...points, dataPoints } }]
    })
  return (data.resourceMetrics ?? []).flatMap(resource => {
    const scopeMetrics = resource.scopeMetrics.flatMap(scope => {
      const metrics = metricsOf(resource, scope)
      return metrics.length === 0 ? [] : [{ ...scope, metrics }]
    })
    return scopeMetrics.length === 0 ? [] : [{ ...resource, scopeMetrics }]
  })
}
