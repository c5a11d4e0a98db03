import * as z from 'zod'
import { durationMs, durationSchema } from './duration.ts'
import { withRules } from './rules.ts'
import { labelsSchema } from './selector.ts'

/** How Prometheus is told to scrape the gate's pods. */
export const monitorSchema = withRules(
  z.object({
    enabled: z
      .boolean()
      .default(true)
      .describe('Whether the operator makes a ServiceMonitor or PodMonitor for the gate.'),
    kind: z
      .enum(['ServiceMonitor', 'PodMonitor'])
      .default('ServiceMonitor')
      .describe('Kind of object that tells the Prometheus operator what to scrape.'),
    interval: durationSchema.describe("Time between two scrapes. Default: Prometheus' own.").optional(),
    scrapeTimeout: durationSchema
      .describe("Time after which Prometheus gives up a scrape, at most interval. Default: Prometheus' own.")
      .optional(),
    labels: labelsSchema
      .describe(
        'Labels of the monitor object, for a Prometheus that selects its monitors by label, such as release: prometheus.',
      )
      .default({}),
  }),
  [
    {
      cel: '!has(self.interval) || !has(self.scrapeTimeout) || duration(self.scrapeTimeout) <= duration(self.interval)',
      holds: ({ interval, scrapeTimeout }) =>
        interval === undefined ||
        scrapeTimeout === undefined ||
        (durationMs(scrapeTimeout) ?? 0) <= (durationMs(interval) ?? 0),
      message: 'scrapeTimeout cannot be longer than interval',
      field: 'scrapeTimeout',
    },
  ],
)

/** How Prometheus is told to scrape the gate's pods. */
export type Monitor = z.output<typeof monitorSchema>
