import type { ConditionState } from '../api/conditions.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'

/** Of each condition, when it tells of a problem. Reconciling is left out: that is Ready, seen from the other side. */
const IS_PROBLEM: ReadonlyMap<string, (condition: ConditionState) => boolean> = new Map([
  ['Ready', ({ status }) => status !== 'True'],
  ['Stalled', ({ status }) => status === 'True'],
  ['MonitorReady', ({ status }) => status === 'False'],
  ['AggregatorReady', ({ status }) => status === 'False'],
  ['DirectScrape', ({ status }) => status === 'True'],
  // A workload that rolls, or waits for its turn, is none.
  ['RolledOut', ({ reason }) => reason === 'Blocked' || reason === 'Forbidden'],
])

/** The conditions that can tell of one. */
export const PROBLEM_CONDITIONS: readonly string[] = [...IS_PROBLEM.keys()]

/** The conditions of a gate that are not as they should be. Pure. */
export function gateProblems({ conditions = [] }: MetricGateStatus): ConditionState[] {
  return conditions.filter(condition => IS_PROBLEM.get(condition.type)?.(condition) ?? false)
}
