import * as z from 'zod'
import { aggregationSchema } from './aggregation.ts'
import { aggregatorSchema } from './aggregator.ts'
import { durationSchema } from './duration.ts'
import { monitorSchema } from './monitor.ts'
import { policiesSchema } from './policy.ts'
import { policyProvidersSchema } from './policy-provider.ts'
import { proxyOptionsSchema } from './proxy-options.ts'
import { byteQuantitySchema } from './quantity.ts'
import { metricRelabelingsSchema } from './relabel-config.ts'
import { type Rule, withRules } from './rules.ts'
import { selectorSchema, selectsByEquality, selectsByLabel } from './selector.ts'
import { subsetsSchema } from './subset.ts'
import { targetsSchema } from './target.ts'

const SERIES_MAX = 100_000_000

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
      'What a scrape over a limit of bytes becomes. Truncate: what fits, cut at a line end. Fail: an error, so that up is 0.',
    ),
  maxSeriesPerScrape: z
    .int()
    .min(0)
    .max(SERIES_MAX)
    .describe(
      'Series of one scrape that rules and policies are applied to, so that labels without bounds cannot fill the memory of the proxy. ' +
        '0, the default: no limit. Only where nothing is added up over scrapes or targets: in mode Sidecar, with one target and counters Sum.',
    )
    .optional(),
  onSeriesLimit: z
    .enum(['Pass', 'Drop'])
    .default('Pass')
    .describe(
      'What becomes of series beyond maxSeriesPerScrape. Pass: they pass as they came. Drop: they are left out.',
    ),
})

const specFields = z.object({
  mode: z
    .enum(['Sidecar', 'DNS', 'Subset'])
    .default('Sidecar')
    .describe(
      'Where metrics are filtered. Sidecar: in each pod. DNS: in one aggregator, which reads the application in all pods. ' +
        'Subset: in each pod, and one subset aggregated over all of them.',
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
  targets: targetsSchema.describe(
    "The application's metrics endpoints: one, or those of several exporters of a pod, which come out as one.",
  ),
  metricRelabelings: metricRelabelingsSchema
    .describe(
      'Rules of the main output, /metrics, with the full semantics of metric_relabel_configs of Prometheus. ' +
        'Series that become equal are added up. No rules: everything passes as it is.',
    )
    .default([]),
  subsets: subsetsSchema
    .describe('Further outputs, each with its own rules, each served at /metrics/<name>.')
    .default([]),
  subsetTimestamps: z
    .boolean()
    .default(false)
    .describe(
      'Whether samples of subsets carry the time of the scrape that they come from. Prometheus then does not notice when a series ends.',
    ),
  policies: policiesSchema
    .describe('Telemetry policies. They come before all rules, on what the application exposes.')
    .default([]),
  policyProviders: policyProvidersSchema.describe('Where more telemetry policies come from.').default([]),
  aggregation: aggregationSchema
    .prefault({})
    .describe(
      'How series that become equal are merged, by rules within a pod and by the aggregator over pods.',
    ),
  aggregator: aggregatorSchema.prefault({}).describe('How the aggregator of modes DNS and Subset runs.'),
  limits: limitsSchema.prefault({}).describe('What one scrape may read and write at most.'),
  scrapeTimeout: durationSchema
    .describe(
      'Time that the application has to answer one scrape. The timeout that Prometheus announces counts too, if it is sooner. ' +
        'Default: 15s.',
    )
    .optional(),
  monitor: monitorSchema.prefault({}).describe("How Prometheus is told to scrape the gate's pods."),
  proxy: proxyOptionsSchema.prefault({}).describe('How the proxy runs in the pods.'),
})

/** What concerns several fields. */
const RULES: readonly Rule<z.output<typeof specFields>>[] = [
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
    message: 'proxy.port cannot be the port of the application: the proxy listens beside it in the same pod',
    field: 'proxy.port',
  },
  {
    cel: "self.mode != 'DNS' || !has(self.selector) || (has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0 && (!has(self.selector.matchExpressions) || self.selector.matchExpressions.size() == 0))",
    holds: ({ mode, selector }) => mode !== 'DNS' || selector === undefined || selectsByEquality(selector),
    message:
      'mode DNS finds pods by a Service, which knows matchLabels alone: give at least one label, and no matchExpressions',
    field: 'selector',
  },
  {
    cel: "self.mode != 'DNS' || self.targets.all(target, !has(target.bearerTokenFile))",
    holds: ({ mode, targets }) =>
      mode !== 'DNS' || targets.every(target => target.bearerTokenFile === undefined),
    message:
      'mode DNS has no files of the pods: remove bearerTokenFile, and the Authorization header of the scrape is passed on',
    field: 'targets',
  },
  {
    cel: "self.mode == 'Subset' ? self.subsets.exists_one(subset, has(subset.aggregate) && subset.aggregate) : self.subsets.all(subset, !(has(subset.aggregate) && subset.aggregate))",
    holds: ({ mode, subsets }) =>
      subsets.filter(({ aggregate }) => aggregate).length === (mode === 'Subset' ? 1 : 0),
    message: 'mode Subset aggregates exactly one subset, the one with aggregate: true; other modes none',
    field: 'subsets',
  },
  {
    cel: "self.aggregator.shards == 1 || self.mode == 'Subset'",
    holds: ({ aggregator, mode }) => aggregator.shards === 1 || mode === 'Subset',
    message:
      'aggregator.shards above 1 needs mode Subset: a sidecar can be asked for a part of its series, an application cannot',
    field: 'aggregator.shards',
  },
  {
    cel: "!has(self.limits.maxSeriesPerScrape) || self.limits.maxSeriesPerScrape == 0 || (self.mode == 'Sidecar' && self.targets.size() == 1 && (!has(self.aggregation.counters) || self.aggregation.counters == 'Sum'))",
    holds: ({ limits, mode, targets, aggregation: { counters = 'Sum' } }) =>
      !limits.maxSeriesPerScrape || (mode === 'Sidecar' && targets.length === 1 && counters === 'Sum'),
    message:
      'limits.maxSeriesPerScrape needs mode Sidecar, one target and aggregation.counters Sum: what is added up has to be known as a whole',
    field: 'limits.maxSeriesPerScrape',
  },
  {
    cel: "self.aggregator.replicas == 1 || !self.monitor.enabled || self.monitor.kind == 'ServiceMonitor'",
    holds: ({ aggregator, monitor }) =>
      aggregator.replicas === 1 || !monitor.enabled || monitor.kind === 'ServiceMonitor',
    message:
      'aggregator.replicas above 1 needs monitor.kind ServiceMonitor: a PodMonitor would scrape those that stand by, too',
    field: 'aggregator.replicas',
  },
]

/** What the user asks for. */
export const metricGateSpecSchema = withRules(specFields, RULES)

/** The `spec` of a MetricGate with its defaults filled in. */
export type MetricGateSpec = z.output<typeof metricGateSpecSchema>
