import type { MetricType } from '../../exposition/metadata.ts'
import type { MergeFunction, MergeSettings } from './settings.ts'

/** What has to be known about a series to say how it merges. */
export interface MergedSeries {
  /** What the metric is called in the output: overrides look at that. */
  readonly outputName: string
  /** What the application calls it, and the family to which it belongs there. */
  readonly inputName: string
  readonly familyName: string
  /** From the TYPE line; undefined without one. */
  readonly type: MetricType | undefined
  /** Whether the application gave it a label `quantile`. */
  readonly hasQuantile: boolean
}

/** What a rule by type can say: a function, or where it is configured. */
type Kind = MergeFunction | 'counter' | 'gauge'

const TIME_SUFFIX = /(?:_created|_start_time_seconds)$/
const COUNTER_SUFFIX = /_(?:total|bucket|count|sum)$/

/**
 * How a series merges with others: an override, else what its type says, which is what can be added (counters, the
 * parts of histograms and summaries) and what cannot (quantiles, points in time, states).
 * Source: OpenMetrics 1.0, "Metric Types", for what the samples of each type mean.
 */
export function mergeFunctionOf(series: MergedSeries, settings: MergeSettings): MergeFunction {
  const override = settings.overrides.find(({ metrics }) => metrics.test(series.outputName))
  if (override !== undefined) return override.function
  const kind = kindOf(series)
  if (kind === 'counter') return settings.counters
  if (kind === 'gauge') return settings.gauges
  // A sum of increases begins with its series. Readers that take `_created` for a zero of the counter would see a reset of
  // the whole sum whenever the latest of the targets restarts.
  return kind === 'created' && settings.counters === 'sum' ? 'max' : kind
}

function kindOf({ inputName, familyName, type, hasQuantile }: MergedSeries): Kind {
  const suffix = inputName.slice(familyName.length)
  switch (type) {
    case 'counter':
      return suffix === '_created' ? 'created' : 'counter'
    case 'histogram':
      return kindOfPart(suffix)
    case 'summary':
      return hasQuantile && suffix === '' ? 'drop' : kindOfPart(suffix)
    case 'gaugehistogram':
      return 'sum'
    case 'info':
      return 'one'
    case 'stateset':
      return 'max'
    case 'gauge':
      return TIME_SUFFIX.test(inputName) ? 'max' : 'gauge'
    default:
      return kindByName(inputName)
  }
}

/** A sample of a histogram or a summary, by what its name adds to that of the family. */
function kindOfPart(suffix: string): Kind {
  if (suffix === '_created') return 'created'
  return suffix === '' ? 'gauge' : 'counter'
}

/** Without a type the name is all there is. */
function kindByName(name: string): Kind {
  if (TIME_SUFFIX.test(name)) return 'max'
  return COUNTER_SUFFIX.test(name) ? 'counter' : 'gauge'
}
