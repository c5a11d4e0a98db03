import type { Panel, Row } from './panel.ts'

/** Grafana's grid. */
const COLUMNS = 24
const HEIGHT = { timeseries: 8, stat: 4, table: 8 } as const
const PER_LINE = { timeseries: 3, stat: 6, table: 1 } as const
/** The version of the dashboard schema that Grafana 10 writes; later ones read it. */
const SCHEMA_VERSION = 39

/** The data source is the reader's choice: nothing of it stands in the file. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' }

/** Something to choose at the top of a dashboard: values of a label. */
export interface Variable {
  readonly name: string
  /** `label_values(…)`. */
  readonly query: string
}

/** A dashboard, before it is laid out. */
export interface Dashboard {
  /** Name in the address, and of the file. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly variables: readonly Variable[]
  readonly rows: readonly Row[]
}

/** A dashboard in the form of Grafana's JSON model. Pure, so that equal input gives equal output. */
export function grafanaDashboard({ uid, title, description, variables, rows }: Dashboard): object {
  return {
    uid,
    title,
    description,
    tags: ['metricgate'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-6h', to: 'now' },
    refresh: '1m',
    links: [
      { type: 'dashboards', title: 'MetricGate', tags: ['metricgate'], asDropdown: true, includeVars: true },
    ],
    templating: { list: [datasourceVariable(), ...variables.map(labelVariable)] },
    annotations: { list: [] },
    panels: layOut(rows),
  }
}

function datasourceVariable(): object {
  return {
    name: 'datasource',
    label: 'Data source',
    type: 'datasource',
    query: 'prometheus',
    regex: '',
    hide: 0,
  }
}

function labelVariable({ name, query }: Variable): object {
  return {
    name,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { query, refId: name },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
    hide: 0,
  }
}

function layOut(rows: readonly Row[]): object[] {
  const panels: object[] = []
  let y = 0
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    })
    y += 1
    for (const line of inLines(row.panels)) {
      const { kind } = line[0]
      const w = COLUMNS / Math.max(line.length, kind === 'stat' ? 1 : 2)
      const width = kind === 'table' ? COLUMNS : w
      line.forEach((panel, index) => {
        const gridPos = { x: index * width, y, w: width, h: HEIGHT[kind] }
        panels.push(grafanaPanel(panel, panels.length + 1, gridPos))
      })
      y += HEIGHT[kind]
    }
  }
  return panels
}

/** Panels of one kind that are neighbours share a line, as many as fit. */
function inLines(panels: readonly Panel[]): [Panel, ...Panel[]][] {
  const result: [Panel, ...Panel[]][] = []
  for (const panel of panels) {
    const line = result.at(-1)
    if (line !== undefined && line[0].kind === panel.kind && line.length < PER_LINE[panel.kind])
      line.push(panel)
    else result.push([panel])
  }
  return result
}

function grafanaPanel(
  { title, description, kind, unit, queries }: Panel,
  id: number,
  gridPos: object,
): object {
  return {
    id,
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    gridPos,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      editorMode: 'code',
      expr,
      legendFormat: legend,
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(kind === 'table' && { format: 'table' }),
    })),
    fieldConfig: {
      defaults: { unit, min: 0, ...(kind === 'timeseries' && { custom: LINES }) },
      overrides: [],
    },
    options: OPTIONS[kind],
    ...(kind === 'table' && { transformations: [WITHOUT_TIME] }),
  }
}

const LINES = { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false }
const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'area',
  },
  table: { showHeader: true },
} as const
const WITHOUT_TIME = { id: 'organize', options: { excludeByName: { Time: true, Value: true } } }
