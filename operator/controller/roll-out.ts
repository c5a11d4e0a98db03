import type { MetricGateStatus } from '../api/metricgate.ts'
import type { EventRecorder } from '../events/recorder.ts'
import { ROLLOUT_CONDITION, type RolloutReport } from '../rollout/report.ts'
import type { Rollouts } from '../rollout/rollouts.ts'
import { workloadName } from '../rollout/workload.ts'
import type { AggregatorState } from './aggregator-state.ts'
import type { Plan } from './plan.ts'
import type { GatePod } from './pod-counts.ts'
import type { ClusterView } from './reconcile-context.ts'
import type { Failure } from './status.ts'

/** What a roll-out works with. */
export interface RollOutContext {
  readonly view: ClusterView
  readonly rollouts: Rollouts
  readonly events: EventRecorder
}

/** What is known of a gate when its objects have been applied. */
export interface AppliedGate {
  readonly plan: Plan
  readonly failures: readonly Failure[]
  readonly aggregator: AggregatorState | undefined
  readonly pods: readonly GatePod[]
  /** As it is before this reconciliation. */
  readonly status: MetricGateStatus
}

/** Takes the next step towards pods that all have the sidecar that they should have, and tells people of a restart. */
export async function rollOut(
  key: string,
  applied: AppliedGate,
  { view, rollouts, events }: RollOutContext,
): Promise<RolloutReport> {
  const { plan, pods, status } = applied
  if (plan.kind === 'invalid') {
    rollouts.forget(key)
    return {}
  }
  const { gate } = plan
  const gates = view.gates(gate.metadata.namespace)
  const hold = reasonToHold(applied)
  const told = status.conditions?.find(({ type }) => type === ROLLOUT_CONDITION)
  const report = await rollouts.advance({ gate, gates, pods, hold, told })
  if (report.started !== undefined) {
    const note = `restarted ${workloadName(report.started)}, whose pods do not have the sidecar that they should have`
    events.record(gate.metadata, [
      { type: 'Normal', reason: 'RolloutStarted', action: 'RestartWorkload', note },
    ])
  }
  return report
}

/** Why pods are to stay as they are for now. */
function reasonToHold({ plan, failures, aggregator }: AppliedGate): string | undefined {
  if (failures.length > 0) return 'not all objects of the gate are in place'
  // Prometheus reads the sidecars until the aggregator that takes their place can be read.
  const replacesSidecars = plan.kind === 'wanted' && plan.gate.spec.mode === 'DNS'
  return replacesSidecars && aggregator?.kind !== 'available' ? 'the aggregator does not run yet' : undefined
}
