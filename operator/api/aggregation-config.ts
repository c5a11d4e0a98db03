import type { ProxyConfigFile } from '../../proxy/config.ts'
import type { Aggregation } from './metricgate.ts'

type AggregationFile = NonNullable<ProxyConfigFile['aggregation']>

/** The section `aggregation` of a proxy's configuration file: what differs from the proxy's own defaults. */
export function aggregationFile(aggregation: Aggregation): AggregationFile {
  const { counters, gauges, overrides, onTargetFailure, targetMetrics } = aggregation
  return {
    ...(counters !== undefined && { counters: lowerCase(counters) }),
    ...(gauges !== 'Sum' && { gauges: lowerCase(gauges) }),
    ...(overrides.length > 0 && {
      overrides: overrides.map(({ metrics, function: by }) => ({ metrics, function: lowerCase(by) })),
    }),
    ...(onTargetFailure !== 'Hold' && { on_target_failure: lowerCase(onTargetFailure) }),
    // What it would be otherwise depends on whether there are several targets.
    ...(!targetMetrics && { target_metrics: false }),
  }
}

function lowerCase<Word extends string>(word: Word): Lowercase<Word> {
  return word.toLowerCase() as Lowercase<Word>
}
