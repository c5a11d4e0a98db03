import { readdirSync, readFileSync } from 'node:fs'
import * as z from 'zod'

const DIRECTORY = new URL('../../../charts/metricgate/files/dashboards/', import.meta.url)

const datasourceSchema = z.strictObject({ type: z.literal('prometheus'), uid: z.literal('$datasource') })
const gridSchema = z.strictObject({ x: z.int(), y: z.int(), w: z.int().min(1), h: z.int().min(1) })
const panelSchema = z.looseObject({
  id: z.int().min(1),
  type: z.enum(['row', 'timeseries', 'stat', 'table']),
  title: z.string().min(3),
  gridPos: gridSchema,
  description: z.string().optional(),
  datasource: datasourceSchema.optional(),
  targets: z
    .array(
      z.looseObject({
        refId: z.string(),
        datasource: datasourceSchema,
        expr: z.string(),
        legendFormat: z.string(),
      }),
    )
    .default([]),
  fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string() }) }).optional(),
})
const variableSchema = z.looseObject({
  name: z.string(),
  type: z.enum(['datasource', 'query']),
  query: z.union([z.string(), z.strictObject({ query: z.string(), refId: z.string() })]),
})

/** The parts of Grafana's JSON model that matter here. */
const dashboardSchema = z.looseObject({
  uid: z.string().max(40),
  title: z.string(),
  schemaVersion: z.int().min(38),
  panels: z.array(panelSchema).min(1),
  templating: z.strictObject({ list: z.array(variableSchema) }),
})

/** A panel of a dashboard. */
export type DashboardPanel = z.output<typeof panelSchema>

/** A dashboard of the chart. */
export interface DashboardFile {
  readonly file: string
  readonly dashboard: z.output<typeof dashboardSchema>
}

/** The dashboards of the chart. Throws ZodError where one is not of Grafana's form. */
export function dashboardFiles(): DashboardFile[] {
  return readdirSync(DIRECTORY).map(file => ({
    file,
    dashboard: dashboardSchema.parse(JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8'))),
  }))
}

/** A query as Prometheus gets it. Variables within strings stay as they are. */
export function withoutMacros(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$__range', '6h')
}
