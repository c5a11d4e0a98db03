import type { Condition } from './status.ts'

/** What is to be said about one aspect of a gate. */
export type ConditionState = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Why a gate is in the state in which it is: `reason` is one word in camel case, `message` a sentence. */
export interface Cause {
  readonly reason: string
  readonly message: string
}

/** The state of a gate as kstatus (`sigs.k8s.io/cli-utils`, `pkg/kstatus`) tells states apart. */
export type GateState = 'Ready' | 'Reconciling' | 'Stalled'

/**
 * The conditions Ready, Reconciling and Stalled of a gate in `state`. Ready is always there, for people and
 * `kubectl wait`; of the two others kstatus reads only True, and false ones stay visible to say so.
 */
export function kstatusConditions(state: GateState, cause: Cause): ConditionState[] {
  return (['Ready', 'Reconciling', 'Stalled'] as const).map(type => ({
    type,
    status: type === state ? 'True' : 'False',
    ...cause,
  }))
}

/**
 * `previous` with `states` written over it, for the generation that was looked at. `lastTransitionTime` moves to `now`
 * only where a status changes; conditions of other types stay as they are. Sorted by type, so that equal input gives
 * equal output.
 */
export function mergeConditions(
  previous: readonly Condition[],
  states: readonly ConditionState[],
  observedGeneration: number,
  now: Date,
): Condition[] {
  const merged = new Map(previous.map(condition => [condition.type, condition]))
  for (const state of states) {
    const before = merged.get(state.type)
    const lastTransitionTime =
      before?.status === state.status ? before.lastTransitionTime : conditionTime(now)
    merged.set(state.type, { ...state, observedGeneration, lastTransitionTime })
  }
  return [...merged.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
}

/** RFC 3339 in whole seconds, as `metav1.Time` is written. */
function conditionTime(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, 'Z')
}
