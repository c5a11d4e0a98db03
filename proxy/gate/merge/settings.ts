import type { RelabelRegex } from '../../relabel/regex.ts'

/** What counters become: the naive sum of what was read, or a sum of increases that survives restarts. */
export const COUNTER_FUNCTIONS = ['sum', 'increase'] as const
export type CounterFunction = (typeof COUNTER_FUNCTIONS)[number]

/** What gauges become, and whatever an override names. */
export const GAUGE_FUNCTIONS = ['sum', 'min', 'max', 'avg', 'count', 'drop'] as const
export type GaugeFunction = (typeof GAUGE_FUNCTIONS)[number]

/**
 * How the values of series that became equal are put together. `increase`: the sum of what each counter rose by; `one`: the
 * constant 1; `created`: the time at which the series of the output began; `drop`: the series does not leave at all.
 */
export type MergeFunction = CounterFunction | GaugeFunction | 'one' | 'created'

/** The function of the metrics whose name, in the output, matches. */
export interface MergeOverride {
  /** Anchored at both ends, as compileRegex gives it. */
  readonly metrics: Pick<RelabelRegex, 'test'>
  readonly function: GaugeFunction
}

/** What an operator says about merging. */
export interface MergeSettings {
  readonly counters: CounterFunction
  readonly gauges: GaugeFunction
  /** The first that matches counts. */
  readonly overrides: readonly MergeOverride[]
}

/** What holds where nothing is said: everything adds up. */
export const DEFAULT_MERGE: MergeSettings = { counters: 'sum', gauges: 'sum', overrides: [] }
