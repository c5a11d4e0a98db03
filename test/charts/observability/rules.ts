import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod'

/** The file of the chart. */
export const ALERTS_FILE = new URL('../../../charts/metricgate/files/alerts.yaml', import.meta.url)

const ruleSchema = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook_url: z.string(),
  }),
})
const fileSchema = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(ruleSchema) })),
})

/** One alert of the chart. */
export type AlertRule = z.output<typeof ruleSchema>

/** The alerts of the chart, in their order. */
export function alertRules(): AlertRule[] {
  const file = fileSchema.parse(parse(readFileSync(ALERTS_FILE, 'utf8')))
  return file.groups.flatMap(({ rules }) => rules)
}

/** A duration of one unit, in minutes. */
export function minutesOf(duration: string): number {
  const [, count, unit = ''] = /^(\d+)([mhd])$/.exec(duration) ?? []
  const minutes = { m: 1, h: 60, d: 1440 }[unit]
  if (count === undefined || minutes === undefined) throw new Error(`not a duration of one unit: ${duration}`)
  return Number(count) * minutes
}
