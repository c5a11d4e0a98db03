import type { ConditionState } from '../api/conditions.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'
import { DIRECT_SCRAPE_CONDITION } from '../direct-scrape/report.ts'
import { ROLLOUT_CONDITION } from '../rollout/report.ts'

/** Something that has happened to a gate and that people should hear of. */
export interface GateEvent {
  readonly type: 'Normal' | 'Warning'
  /** One word in camel case. */
  readonly reason: string
  /** What was being done, one word in camel case. */
  readonly action: string
  /** A sentence. */
  readonly note: string
}

/** What a change of a gate's status tells: each transition once, none when nothing but numbers or words have changed. Pure. */
export function statusEvents(previous: MetricGateStatus, next: MetricGateStatus): GateEvent[] {
  const events = [
    ...stateEvents(previous, next),
    ...aggregatorEvents(previous, next),
    ...podEvents(previous, next),
    ...rolloutEvents(previous, next),
    ...directScrapeEvents(previous, next),
  ]
  // Stalled and AggregatorReady may say the same.
  return events.filter(
    ({ reason, note }, index) =>
      events.findIndex(other => other.reason === reason && other.note === note) === index,
  )
}

const STATES = ['Ready', 'Reconciling', 'Stalled']

/** The state in which kstatus sees the gate: at most one of its conditions is true. */
function stateEvents(previous: MetricGateStatus, next: MetricGateStatus): GateEvent[] {
  const state = stateOf(next)
  if (state === undefined || state.type === stateOf(previous)?.type) return []
  const isTrouble = state.type === 'Stalled' || state.reason === 'Retrying'
  return [eventOf(isTrouble ? 'Warning' : 'Normal', 'Reconcile', state)]
}

function aggregatorEvents(previous: MetricGateStatus, next: MetricGateStatus): GateEvent[] {
  const before = find(previous, 'AggregatorReady')
  const after = find(next, 'AggregatorReady')
  if (after === undefined || after.status === before?.status) return []
  // One that has only begun to start is nothing to warn of.
  const isLost = before !== undefined && after.status === 'False'
  return [eventOf(isLost ? 'Warning' : 'Normal', 'WatchAggregator', after)]
}

function podEvents({ pods: before }: MetricGateStatus, { pods: after }: MetricGateStatus): GateEvent[] {
  const begins = (count: 'missed' | 'outdated'): boolean =>
    (after?.[count] ?? 0) > 0 && (before?.[count] ?? 0) === 0
  const common = { type: 'Warning', action: 'CountPods' } as const
  return [
    ...(begins('missed')
      ? [
          {
            ...common,
            reason: 'PodsMissedInjection',
            note: `${after?.missed} of ${after?.matched} pods have no sidecar`,
          },
        ]
      : []),
    ...(begins('outdated')
      ? [
          {
            ...common,
            reason: 'PodsOutdated',
            note: `${after?.outdated} of ${after?.matched} pods have a sidecar that would not be injected any more`,
          },
        ]
      : []),
  ]
}

const ROLLOUT_ENDS = ['Blocked', 'Forbidden']

/** The workloads that are restarted have events of their own; this is about those that are not. */
function rolloutEvents(previous: MetricGateStatus, next: MetricGateStatus): GateEvent[] {
  const before = find(previous, ROLLOUT_CONDITION)
  const after = find(next, ROLLOUT_CONDITION)
  if (after === undefined || !ROLLOUT_ENDS.includes(after.reason)) return []
  if (after.reason === before?.reason && after.message === before.message) return []
  return [{ type: 'Warning', reason: 'RolloutSkipped', action: 'RestartWorkload', note: after.message }]
}

/** Begins, ends, or turns into the other state that costs something; of a pod that could not be read, the condition tells. */
function directScrapeEvents(previous: MetricGateStatus, next: MetricGateStatus): GateEvent[] {
  const [before, after] = [previous, next].map(status => find(status, DIRECT_SCRAPE_CONDITION))
  const [was, is] = [before, after].map(scrapingOf)
  if (after === undefined || is === was) return []
  const { message: note } = after
  const action = 'LookForScrapes'
  switch (is) {
    case 'direct':
      return [{ type: 'Warning', reason: 'DirectScrape', action, note }]
    case 'twice':
      return [{ type: 'Normal', reason: 'ScrapedTwice', action, note }]
    case 'none':
      return was === 'direct' ? [{ type: 'Normal', reason: 'NoDirectScrape', action, note }] : []
    default:
      return []
  }
}

function scrapingOf(condition: ConditionState | undefined): 'direct' | 'twice' | 'none' | undefined {
  if (condition?.status === 'True') return 'direct'
  if (condition?.status !== 'False') return undefined
  return condition.reason === 'ScrapedTwice' ? 'twice' : 'none'
}

function stateOf({ conditions = [] }: MetricGateStatus): ConditionState | undefined {
  return conditions.find(({ type, status }) => STATES.includes(type) && status === 'True')
}

function find({ conditions = [] }: MetricGateStatus, type: string): ConditionState | undefined {
  return conditions.find(condition => condition.type === type)
}

function eventOf(type: GateEvent['type'], action: string, { reason, message }: ConditionState): GateEvent {
  return { type, reason, action, note: message }
}
