/** One query of a panel. */
export interface Query {
  readonly expr: string
  /** Grafana's template of the name of each series: `{{pod}}`. */
  readonly legend: string
}

/** A unit of Grafana's. */
export type Unit = 'short' | 'percentunit' | 's' | 'bytes' | 'Bps' | 'ops' | 'dateTimeFromNow'

/** What a panel shows, and how. */
export interface Panel {
  readonly title: string
  /** What to make of it: shown beside the title. */
  readonly description: string
  /** `stat`: the last value; `table`: the labels of the last values. */
  readonly kind: 'timeseries' | 'stat' | 'table'
  readonly unit: Unit
  readonly queries: readonly Query[]
}

/** Panels under one heading. */
export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

/** A panel of lines over time. */
export function lines(
  title: string,
  description: string,
  unit: Unit,
  ...queries: readonly (readonly [legend: string, expr: string])[]
): Panel {
  return { title, description, kind: 'timeseries', unit, queries: queries.map(asQuery) }
}

/** A panel of one number. */
export function stat(title: string, description: string, unit: Unit, expr: string): Panel {
  return { title, description, kind: 'stat', unit, queries: [{ expr, legend: title }] }
}

/** A panel that lists series by their labels. */
export function table(title: string, description: string, expr: string): Panel {
  return { title, description, kind: 'table', unit: 'short', queries: [{ expr, legend: '' }] }
}

function asQuery([legend, expr]: readonly [string, string]): Query {
  return { legend, expr }
}

/** Quantiles of a histogram over time, for the series that the matchers select. */
export function quantiles(histogram: string, matchers: string, by = ''): [string, string][] {
  const labels = by === '' ? 'le' : `le, ${by}`
  const buckets = `sum by (${labels}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval]))`
  const legend = by === '' ? '' : ` {{${by}}}`
  return [0.5, 0.99].map(q => [`p${q * 100}${legend}`, `histogram_quantile(${q}, ${buckets})`])
}
