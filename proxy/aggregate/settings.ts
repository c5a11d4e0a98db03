import { DEFAULT_MERGE, type MergeSettings } from '../gate/merge/settings.ts'

/** What becomes of a round in which some targets did not answer. */
export type OnTargetFailure = 'hold' | 'partial' | 'fail'

/** What an operator says about aggregation. */
export interface AggregationSettings extends MergeSettings {
  /** `hold`: gauges of a late target stay for a while; `partial`: they go at once; `fail`: the round fails. */
  readonly onTargetFailure: OnTargetFailure
  /** For how many rounds in a row gauges of a late target stay. */
  readonly holdRounds: number
  /**
   * How long what is known of a target that left the list is kept, and a series that its target no longer has, in
   * milliseconds. A series goes after one to two of these times, and not before many scrapes have come without it.
   */
  readonly forgetAfterMs: number
}

export const DEFAULT_AGGREGATION: AggregationSettings = {
  ...DEFAULT_MERGE,
  counters: 'increase',
  onTargetFailure: 'hold',
  holdRounds: 3,
  forgetAfterMs: 10 * 60_000,
}
