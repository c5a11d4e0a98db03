import * as z from 'zod'
import { type AggregationSettings, DEFAULT_AGGREGATION } from '../aggregate/settings.ts'
import { messageOf } from '../errors.ts'
import { COUNTER_FUNCTIONS, GAUGE_FUNCTIONS, type MergeOverride } from '../gate/merge/settings.ts'
import { compileRegex } from '../relabel/regex.ts'
import { durationMs, flag, quoted, wholeNumber } from './scalars.ts'
import { oneOf, section } from './section.ts'
import type { UpstreamAddress } from './upstream-url.ts'

const FAILURE_POLICIES = ['hold', 'partial', 'fail'] as const

/** Most rounds for which gauges of a target that fails are held. */
const HOLD_ROUNDS_MAX = 1000

/** A regular expression on the name of a metric, as relabelling rules have them. */
const metricNames = z
  .string({
    error: issue => `expected a regular expression on the name of a metric, got ${quoted(issue.input)}`,
  })
  .transform((pattern, context): Pick<ConfiguredOverride, 'pattern' | 'metrics'> => {
    try {
      return { pattern, metrics: compileRegex(pattern) }
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  })

const overrideSchema = section({ metrics: metricNames, function: oneOf(GAUGE_FUNCTIONS) })

/** The section `aggregation`: how series that became equal, and targets, are put together. */
export const aggregationSchema = section({
  counters: oneOf(COUNTER_FUNCTIONS).optional(),
  gauges: oneOf(GAUGE_FUNCTIONS).default('sum'),
  overrides: z
    .array(overrideSchema, { error: issue => `expected a list of overrides, got ${quoted(issue.input)}` })
    .default([]),
  on_target_failure: oneOf(FAILURE_POLICIES).default(DEFAULT_AGGREGATION.onTargetFailure),
  hold_rounds: wholeNumber(0, HOLD_ROUNDS_MAX, `a number of rounds from 0 to ${HOLD_ROUNDS_MAX}`).default(
    DEFAULT_AGGREGATION.holdRounds,
  ),
  forget_after: durationMs.default(DEFAULT_AGGREGATION.forgetAfterMs),
  target_metrics: flag.optional(),
})

/** The keys of the section and of what it holds, by their place, for suggestions. */
export const AGGREGATION_KEYS: readonly (readonly [string, readonly string[]])[] = [
  ['aggregation', Object.keys(aggregationSchema.shape)],
  ['aggregation.overrides[]', Object.keys(overrideSchema.shape)],
]

/** An override, with the regular expression as it is written. */
export interface ConfiguredOverride extends MergeOverride {
  readonly pattern: string
}

/** How a gate aggregates. */
export interface AggregationConfig extends AggregationSettings {
  readonly overrides: readonly ConfiguredOverride[]
  /** Whether `/metrics` says of each target how its scrape went. */
  readonly targetMetrics: boolean
}

/** Whether a gate has several targets, or may have. */
export function isFanOut(upstreams: readonly UpstreamAddress[]): boolean {
  return upstreams.length !== 1 || upstreams[0]?.kind !== 'url'
}

/** Whether scrapes go in rounds: all but those of one application whose counters stay as they are. */
export function isAggregated({
  upstreams,
  aggregation,
}: {
  readonly upstreams: readonly UpstreamAddress[]
  readonly aggregation: Pick<AggregationConfig, 'counters'>
}): boolean {
  return isFanOut(upstreams) || aggregation.counters !== 'sum'
}

/**
 * The settings of a gate with these upstreams. Over what a name resolves to, counters are increases unless told
 * otherwise: replicas come and go. A single application and a fixed list keep the totals that they are known by.
 */
export function toAggregationConfig(
  section: z.output<typeof aggregationSchema>,
  upstreams: readonly UpstreamAddress[],
): AggregationConfig {
  const discovers = upstreams.some(({ kind }) => kind !== 'url')
  return {
    counters: section.counters ?? (discovers ? 'increase' : 'sum'),
    gauges: section.gauges,
    overrides: section.overrides.map(({ metrics, function: by }) => ({ ...metrics, function: by })),
    onTargetFailure: section.on_target_failure,
    holdRounds: section.hold_rounds,
    forgetAfterMs: section.forget_after,
    targetMetrics: section.target_metrics ?? isFanOut(upstreams),
  }
}
