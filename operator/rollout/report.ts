import type { ConditionState } from '../api/conditions.ts'
import type { ApiError } from '../kubernetes/api-error.ts'
import { BLOCKED_POLL_MS, ROLLING_POLL_MS, WAITING_POLL_MS } from './limits.ts'
import { type WorkloadRef, workloadName } from './workload.ts'

/** Says whether all pods have the sidecar that they should have; only where `proxy.rollout` is Auto. */
export const ROLLOUT_CONDITION = 'RolledOut'

/** How the roll-out of a gate stands. */
export interface RolloutReport {
  /** Undefined: the gate wants none. */
  readonly condition?: ConditionState
  /** The workload that was restarted just now. */
  readonly started?: WorkloadRef
  /** When to look again even if nothing is heard of. */
  readonly lookAgainMs?: number
}

/** The reasons of the condition. */
export type RolloutReason = 'UpToDate' | 'Restarting' | 'Waiting' | 'Blocked' | 'Forbidden' | 'Retrying'

/** Every pod that counts is as it should be. */
export const UP_TO_DATE: RolloutReport = {
  condition: conditionOf('UpToDate', 'all pods have the sidecar that they should have'),
}

/** A workload rolls, since now (`started`) or since earlier. */
export function restarting(ref: WorkloadRef, started = false): RolloutReport {
  const condition = conditionOf('Restarting', `${workloadName(ref)} is being restarted`)
  return { condition, ...(started && { started: ref }), lookAgainMs: ROLLING_POLL_MS }
}

/** Nothing is restarted for now: workloads roll for reasons of their own. */
export function busy(why: string): RolloutReport {
  return waiting(why, WAITING_POLL_MS)
}

/** Nothing is restarted for now. */
export function waiting(why: string, lookAgainMs = ROLLING_POLL_MS): RolloutReport {
  return { condition: conditionOf('Waiting', why), lookAgainMs }
}

/** Nothing is restarted until a person changes something. */
export function blocked(why: string): RolloutReport {
  return { condition: conditionOf('Blocked', why), lookAgainMs: BLOCKED_POLL_MS }
}

/** The API server did not do what was asked. */
export function failed(error: ApiError): RolloutReport {
  if (error.isForbidden) {
    const message = `the operator may not restart workloads: apply charts/manifests/rollout.yaml (${error.message})`
    return { condition: conditionOf('Forbidden', message), lookAgainMs: BLOCKED_POLL_MS }
  }
  const lookAgainMs = Math.max(ROLLING_POLL_MS, error.retryAfterMs)
  // Somebody else was first: that is no failure.
  if (error.isConflict) return waiting('a workload has changed just now', lookAgainMs)
  return { condition: conditionOf('Retrying', error.message), lookAgainMs }
}

function conditionOf(reason: RolloutReason, message: string): ConditionState {
  return { type: ROLLOUT_CONDITION, status: reason === 'UpToDate' ? 'True' : 'False', reason, message }
}
