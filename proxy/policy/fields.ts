import type { MetricFieldName, MetricTypeName, Selector, TemporalityName, TypedValue } from './policy.ts'

/** The value of a field, undefined where there is none. */
export type FieldValue = string | TypedValue | undefined

/** What policies can read of one data point. Each kind of telemetry brings its own. */
export interface MetricFields {
  field(name: MetricFieldName): FieldValue
  /** Of the data point, by the keys that lead to it. */
  datapointAttribute(path: readonly string[]): FieldValue
  resourceAttribute(path: readonly string[]): FieldValue
  scopeAttribute(path: readonly string[]): FieldValue
  readonly metricType: MetricTypeName | undefined
  readonly aggregationTemporality: TemporalityName | undefined
}

/** Reads what a selector points at. */
export function readField(fields: MetricFields, selector: Selector): FieldValue {
  switch (selector.kind) {
    case 'metric_field':
      return fields.field(selector.field)
    case 'datapoint_attribute':
      return fields.datapointAttribute(selector.path)
    case 'resource_attribute':
      return fields.resourceAttribute(selector.path)
    case 'scope_attribute':
      return fields.scopeAttribute(selector.path)
    case 'metric_type':
      return fields.metricType
    case 'aggregation_temporality':
      return fields.aggregationTemporality
  }
}
