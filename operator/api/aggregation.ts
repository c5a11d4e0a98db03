import * as z from 'zod'
import { regexSchema } from './regex.ts'

/** How samples of equal series become one. */
const MERGE_FUNCTIONS = ['Sum', 'Min', 'Max', 'Avg', 'Count', 'Drop'] as const

const overrideSchema = z.object({
  metrics: regexSchema(1024).describe(
    'RE2 expression that must match the whole name of a metric, as the rules leave it.',
  ),
  function: z.enum(MERGE_FUNCTIONS).describe('How the series of these metrics are merged.'),
})

/** How series that become equal are merged, within one pod and over pods. */
export const aggregationSchema = z.object({
  counters: z
    .enum(['Sum', 'Increase'])
    .describe(
      'How counters and the parts of histograms are added up. Increase: by what each has grown, so that a restart or a scrape that fails does not look like a reset of the whole. Sum: the plain sum. Default: Increase in modes DNS and Subset, Sum in mode Sidecar.',
    )
    .optional(),
  gauges: z.enum(MERGE_FUNCTIONS).default('Sum').describe('How gauges are merged.'),
  overrides: z
    .array(overrideSchema)
    .max(32)
    .meta({ 'x-kubernetes-list-type': 'atomic' })
    .describe(
      'How metrics are merged that are to be merged in another way than their type says. The first that matches wins.',
    )
    .default([]),
  onTargetFailure: z
    .enum(['Hold', 'Partial', 'Fail'])
    .default('Hold')
    .describe(
      'What a scrape over several targets is when one of them does not answer. Hold: with what it said last. ' +
        'Partial: without it. Fail: an error, so that up is 0.',
    ),
  targetMetrics: z
    .boolean()
    .default(true)
    .describe(
      'Whether a scrape over several targets tells of each of them: metricgate_target_up and others, with the label target.',
    ),
})

/** How series that become equal are merged. */
export type Aggregation = z.output<typeof aggregationSchema>
