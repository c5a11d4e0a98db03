import * as z from 'zod'

const count = z.int().min(0).meta({ format: 'int32' })
const moment = z.string().meta({ format: 'date-time' })

const conditionSchema = z.object({
  type: z.string().max(316).describe('Ready, Reconciling, Stalled, or another aspect of the gate.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether the condition holds.'),
  observedGeneration: z
    .int()
    .min(0)
    .meta({ format: 'int64' })
    .describe('Generation of the gate that the condition is about.')
    .optional(),
  lastTransitionTime: moment.describe('When status last changed.'),
  reason: z.string().min(1).max(1024).describe('Why, in one word, for programs.'),
  message: z.string().max(32768).describe('Why, in a sentence, for people.'),
})

/** What the operator reports about a gate. Everything is optional: of a new gate there is no more than `observedGeneration: 0`, by the CRD. */
export const metricGateStatusSchema = z.object({
  observedGeneration: z
    .int()
    .min(0)
    .meta({ format: 'int64' })
    .describe('Generation of the gate that the status is about.')
    .optional(),
  conditions: z
    .array(conditionSchema)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('Ready, Reconciling and Stalled, as kstatus defines them, and others.')
    .optional(),
  pods: z
    .object({
      matched: count.describe(
        'Pods that should have a sidecar. Those that cannot have one, as annotation metricgate.io/not-injected says, do not count.',
      ),
      injected: count.describe('Pods that have one.'),
      // Optional: an operator of an earlier release does not write it, and the CRD is upgraded first.
      missed: count.describe('Pods that have none.').optional(),
      outdated: count.describe('Pods whose sidecar is not what would be injected today.'),
    })
    .describe("The gate's pods.")
    .optional(),
  targets: z
    .object({
      resolved: count.describe('Pods that the aggregator finds and asks.'),
      ready: count.describe('Those of them that are ready, as Kubernetes sees it.'),
    })
    .describe(
      'What the aggregator collects from. Whether a target answered its last scrape the aggregator alone knows: metricgate_target_up.',
    )
    .optional(),
  configHash: z
    .string()
    .max(64)
    .describe('Hash of the configuration that the proxies were last given.')
    .optional(),
})

/** One condition, in the form of `metav1.Condition`. */
export type Condition = z.output<typeof conditionSchema>
/** What the operator reports about a gate. */
export type MetricGateStatus = z.output<typeof metricGateStatusSchema>
