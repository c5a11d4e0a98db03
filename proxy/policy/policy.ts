/**
 * Telemetry policies with a metric target, as they are after reading: one spelling, nothing missing.
 * Source: the policy specification, spec.md and proto/tero/policy/v1/metric.proto in usetero/policy.
 */

/** Fields of a metric that have a name of their own. */
export const METRIC_FIELDS = [
  'name',
  'description',
  'unit',
  'resource_schema_url',
  'scope_schema_url',
  'scope_name',
  'scope_version',
] as const
export type MetricFieldName = (typeof METRIC_FIELDS)[number]

/** Types of a metric in OpenTelemetry's data model. */
export const METRIC_TYPES = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const
export type MetricTypeName = (typeof METRIC_TYPES)[number]

/** Whether values count from the start or from the report before. */
export const TEMPORALITIES = ['delta', 'cumulative'] as const
export type TemporalityName = (typeof TEMPORALITIES)[number]

/** Kinds of fields that are found by a path of keys. */
export const ATTRIBUTE_SELECTORS = ['datapoint_attribute', 'resource_attribute', 'scope_attribute'] as const
export type AttributeSelectorKind = (typeof ATTRIBUTE_SELECTORS)[number]

/** What a matcher looks at. */
export type Selector =
  | { readonly kind: 'metric_field'; readonly field: MetricFieldName }
  | { readonly kind: AttributeSelectorKind; readonly path: readonly string[] }
  | { readonly kind: 'metric_type' | 'aggregation_temporality' }

/** Conditions on the text of a field. */
export const TEXT_CONDITIONS = ['exact', 'regex', 'starts_with', 'ends_with', 'contains'] as const
export type TextConditionKind = (typeof TEXT_CONDITIONS)[number]

/** Comparisons with a number. */
export const NUMERIC_CONDITIONS = ['gt', 'gte', 'lt', 'lte'] as const
export type NumericConditionKind = (typeof NUMERIC_CONDITIONS)[number]

/** What `equals` compares with: anything but text. Integers beyond the exact numbers of a double are bigints. */
export type TypedValue = boolean | number | bigint | Uint8Array

/** What a matcher asks of a field. */
export type Condition =
  | { readonly kind: TextConditionKind; readonly text: string }
  | { readonly kind: 'exists'; readonly expected: boolean }
  | { readonly kind: 'equals'; readonly value: TypedValue }
  | { readonly kind: NumericConditionKind; readonly value: number | bigint }

/** One matcher. For a metric type or a temporality the condition is `exact` on its short name. */
export interface Matcher {
  readonly selector: Selector
  readonly condition: Condition
  /** Whether the result is inverted, that of an absent field as well. */
  readonly negate: boolean
  /** Whether letters match in either case. Only text has any. */
  readonly caseInsensitive: boolean
}

/** A policy that can be applied. */
export interface MetricPolicy {
  readonly id: string
  readonly name: string
  readonly enabled: boolean
  /** All of them have to match; there is at least one. */
  readonly matchers: readonly Matcher[]
  /** What becomes of metrics that match: false drops them, whatever other policies say. */
  readonly keep: boolean
}

/** What became of reading one policy. */
export type PolicyReading =
  | { readonly kind: 'metric'; readonly policy: MetricPolicy }
  /** For logs or traces: accepted, without effect here. */
  | { readonly kind: 'ignored'; readonly id: string; readonly name: string; readonly target: 'log' | 'trace' }
  /** Inert, for these reasons. */
  | {
      readonly kind: 'invalid'
      /** '' if it has none. */
      readonly id: string
      readonly name: string
      readonly errors: readonly string[]
    }

/** The id of a policy, '' if it has none, and its name. */
export function identityOf(reading: PolicyReading): { readonly id: string; readonly name: string } {
  return reading.kind === 'metric' ? reading.policy : reading
}
