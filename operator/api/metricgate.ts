import * as z from 'zod'
import { durationSchema } from './duration.ts'
import { API_VERSION, GATE_NAME_LENGTH_MAX, KIND } from './labels.ts'
import { monitorSchema } from './monitor.ts'
import { proxyOptionsSchema } from './proxy-options.ts'
import { byteQuantitySchema } from './quantity.ts'
import { metricRelabelingsSchema } from './relabel-config.ts'
import { withRules } from './rules.ts'
import { selectorSchema, selectsByLabel } from './selector.ts'
import { metricGateStatusSchema } from './status.ts'
import { targetSchema } from './target.ts'

export type { Monitor } from './monitor.ts'
export type { ProxyOptions } from './proxy-options.ts'
export type { RelabelConfig } from './relabel-config.ts'
export type { LabelSelector } from './selector.ts'
export type { Condition, MetricGateStatus } from './status.ts'
export type { Target } from './target.ts'

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const subsetSchema = z.object({
  name: withRules(z.string().max(63), [
    {
      cel: `self.matches('${DNS_LABEL.source}')`,
      holds: name => DNS_LABEL.test(name),
      message: "a subset's name is part of a path: lower case letters, digits and '-', at most 63 characters",
    },
  ]).describe('Name of the output: it is served at /metrics/<name>.'),
  metricRelabelings: metricRelabelingsSchema
    .describe(
      'Rules of this output. They see what the application exposes, not what the main output left of it.',
    )
    .default([]),
})

const limitsSchema = z.object({
  maxInputBytesPerScrape: byteQuantitySchema
    .default('10Mi')
    .describe('Bytes that are read from the application in one scrape. 0: no limit.'),
  maxOutputBytesPerScrape: byteQuantitySchema
    .default('10Mi')
    .describe('Bytes that one output has at most in one scrape. 0: no limit.'),
  onLimit: z
    .enum(['Truncate', 'Fail'])
    .default('Truncate')
    .describe(
      'What a scrape over a limit becomes. Truncate: what fits, cut at a line end. Fail: an error, so that up is 0.',
    ),
})

/** What the user asks for. */
export const metricGateSpecSchema = withRules(
  z.object({
    mode: z
      .enum(['Sidecar', 'DNS', 'Subset'])
      .default('Sidecar')
      .describe(
        'Where metrics are filtered. Sidecar: in each pod. DNS: in one aggregator over all replicas. ' +
          'Subset: in each pod, and one subset aggregated over all replicas. DNS and Subset are not available yet.',
      ),
    selector: selectorSchema
      .describe(
        "The gate's pods, by their labels, in the gate's namespace. " +
          'Required for mode DNS and Subset and for injection Selector; optional where pods opt in by naming the gate.',
      )
      .optional(),
    injection: z
      .enum(['Annotation', 'Selector'])
      .default('Annotation')
      .describe(
        'Which new pods get the sidecar. Annotation: those that opt in by metricgate.io/inject. ' +
          'Selector: all that selector matches, unless they opt out by metricgate.io/inject: "false".',
      ),
    targets: z
      .array(targetSchema)
      .min(1)
      .max(1)
      .meta({ 'x-kubernetes-list-type': 'atomic' })
      .describe("The application's metrics endpoint. For now exactly one."),
    metricRelabelings: metricRelabelingsSchema
      .describe(
        'Rules of the main output, /metrics, with the full semantics of metric_relabel_configs of Prometheus. ' +
          'Series that become equal are added up. No rules: everything passes as it is.',
      )
      .default([]),
    subsets: z
      .array(subsetSchema)
      .max(8)
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
      .describe('Further outputs, each with its own rules, each served at /metrics/<name>.')
      .default([]),
    limits: limitsSchema.prefault({}).describe('What one scrape may read and write at most.'),
    scrapeTimeout: durationSchema
      .describe(
        'Time that the application has to answer one scrape. The timeout that Prometheus announces counts too, if it is sooner. ' +
          'Default: 15s.',
      )
      .optional(),
    monitor: monitorSchema.prefault({}).describe("How Prometheus is told to scrape the gate's pods."),
    proxy: proxyOptionsSchema.prefault({}).describe('How the proxy runs in the pods.'),
  }),
  [
    {
      cel: "!(self.mode in ['DNS', 'Subset']) || has(self.selector)",
      holds: spec => spec.mode === 'Sidecar' || spec.selector !== undefined,
      message: 'mode DNS and Subset need selector, the pods that are aggregated',
      field: 'selector',
      reason: 'FieldValueRequired',
    },
    {
      cel: "self.injection != 'Selector' || (has(self.selector) && ((has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0) || (has(self.selector.matchExpressions) && self.selector.matchExpressions.size() > 0)))",
      holds: spec => spec.injection !== 'Selector' || selectsByLabel(spec.selector),
      message:
        'injection Selector needs a selector with at least one label: an empty one is every pod of the namespace',
      field: 'selector',
      reason: 'FieldValueRequired',
    },
    {
      cel: '!has(self.proxy.port) || self.targets.all(target, target.port != self.proxy.port)',
      holds: ({ proxy, targets }) => targets.every(target => target.port !== proxy.port),
      message:
        'proxy.port cannot be the port of the application: the proxy listens beside it in the same pod',
      field: 'proxy.port',
    },
  ],
)

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
/** The `spec` of a MetricGate with its defaults filled in. */
export type MetricGateSpec = z.output<typeof metricGateSpecSchema>
