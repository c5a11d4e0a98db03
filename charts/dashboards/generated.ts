import { grafanaDashboard } from './grafana.ts'
import { OPERATOR_DASHBOARD } from './operator.ts'
import { PROXIES_DASHBOARD } from './proxies.ts'

/** The dashboards of the chart, as Grafana's JSON, by their paths below the root of the repository. */
export function generatedDashboards(): ReadonlyMap<string, string> {
  return new Map(
    [OPERATOR_DASHBOARD, PROXIES_DASHBOARD].map(dashboard => [
      `charts/metricgate/files/dashboards/${dashboard.uid}.json`,
      `${print(grafanaDashboard(dashboard))}\n`,
    ]),
  )
}

/** A list of one word stands on one line, as the formatter wants it. */
function print(dashboard: object): string {
  return JSON.stringify(dashboard, undefined, 2).replaceAll(/\[\n\s+("[^"\n]*")\n\s+\]/g, '[$1]')
}
