import * as z from 'zod'
import { API_VERSION, GATE_NAME_LENGTH_MAX, KIND } from './labels.ts'
import { withRules } from './rules.ts'
import { metricGateSpecSchema } from './spec.ts'
import { metricGateStatusSchema } from './status.ts'
import { DNS_LABEL } from './subset.ts'

export type { Aggregation } from './aggregation.ts'
export type { AggregatorOptions } from './aggregator.ts'
export type { Monitor } from './monitor.ts'
export type { ProxyOptions } from './proxy-options.ts'
export type { RelabelConfig } from './relabel-config.ts'
export type { LabelSelector } from './selector.ts'
export type { MetricGateSpec } from './spec.ts'
export type { Condition, MetricGateStatus } from './status.ts'
export type { Subset } from './subset.ts'
export type { Target } from './target.ts'

/** The part of the object's metadata that the operator reads. */
const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  generation: z.int().optional(),
  resourceVersion: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
})

/**
 * A MetricGate as the API server returns it, with defaults filled in. Unknown fields are left out, not refused: the
 * CRD of a newer release may be installed before its operator runs.
 */
export const metricGateSchema = withRules(
  z
    .object({
      apiVersion: z.literal(API_VERSION),
      kind: z.literal(KIND),
      metadata: metadataSchema,
      spec: metricGateSpecSchema.describe('What the gate should do.'),
      status: metricGateStatusSchema.describe('What the operator has seen and done.').optional(),
    })
    .describe(
      'A MetricGate puts a filtering proxy between Prometheus and the pods of an application: it drops, relabels and adds up ' +
        'their metrics before they are scraped.',
    ),
  [
    {
      cel: `self.metadata.name.size() <= ${GATE_NAME_LENGTH_MAX} && !self.metadata.name.contains('.')`,
      holds: ({ metadata: { name } }) => name.length <= GATE_NAME_LENGTH_MAX && DNS_LABEL.test(name),
      message: `a gate's name becomes part of a Service's name: at most ${GATE_NAME_LENGTH_MAX} characters, and no '.'`,
      field: 'metadata.name',
    },
  ],
)

/** A MetricGate with its defaults filled in. */
export type MetricGate = z.output<typeof metricGateSchema>
/** What a user may write: defaults may be absent. */
export type MetricGateInput = z.input<typeof metricGateSchema>
