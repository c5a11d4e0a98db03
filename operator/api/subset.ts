import * as z from 'zod'
import { metricRelabelingsSchema } from './relabel-config.ts'
import { withRules } from './rules.ts'

/** A DNS label (RFC 1123): lower case letters, digits and '-'. */
export const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

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
  aggregate: z
    .boolean()
    .default(false)
    .describe('Mode Subset: this is the output that the aggregator collects from all pods. Exactly one is.'),
})

/** Outputs beside the main one. */
export const subsetsSchema = z
  .array(subsetSchema)
  .max(8)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })

/** One output beside the main one. */
export type Subset = z.output<typeof subsetSchema>
