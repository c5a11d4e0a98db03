import * as z from 'zod'
import { durationSchema } from './duration.ts'
import { resourcesSchema } from './resources.ts'

const REPLICAS_MAX = 3
const SHARDS_MAX = 16

/** How the aggregator of modes DNS and Subset runs. */
export const aggregatorSchema = z.object({
  replicas: z
    .int()
    .min(1)
    .max(REPLICAS_MAX)
    .meta({ format: 'int32' })
    .default(1)
    .describe(
      'Replicas of the aggregator. One is scraped; the others stand by, and take its place when it is not available.',
    ),
  shards: z
    .int()
    .min(1)
    .max(SHARDS_MAX)
    .meta({ format: 'int32' })
    .default(1)
    .describe(
      'Parts into which the series of the aggregated subset are divided, each with an aggregator of its own. Mode Subset.',
    ),
  resources: resourcesSchema
    .describe(
      'Compute resources of each aggregator, in place of all of the default: 50m of CPU and 128Mi of memory, at most 1Gi of memory.',
    )
    .optional(),
  scrapeTimeout: durationSchema
    .describe('Time that all targets together have to answer one scrape. Default: scrapeTimeout of the gate.')
    .optional(),
  networkPolicy: z
    .object({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          "Whether a NetworkPolicy restricts the aggregator to what it needs: requests to its port, its targets' ports, and DNS.",
        ),
    })
    .prefault({})
    .describe('Which connections the aggregator may have.'),
})

/** How the aggregator runs. */
export type AggregatorOptions = z.output<typeof aggregatorSchema>
