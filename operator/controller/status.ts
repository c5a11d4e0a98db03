import type { KubernetesObject } from '@kubernetes/client-node'
import {
  type Cause,
  type ConditionState,
  type GateState,
  kstatusConditions,
  mergeConditions,
} from '../api/conditions.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { formatFieldErrors } from '../api/validate.ts'
import { type ClusterFacts, missingMonitorKind } from '../resources/render.ts'
import { ApiError } from './api-error.ts'
import type { Plan } from './plan.ts'
import type { PodCounts } from './pod-counts.ts'

/** Says whether Prometheus learns of the gate's pods; absent where the gate wants no monitor. */
const MONITOR_CONDITION = 'MonitorReady'
const OUR_CONDITIONS: readonly string[] = ['Ready', 'Reconciling', 'Stalled', MONITOR_CONDITION]
/** A condition is read by people; the API server takes 32768 characters. */
const MESSAGE_LENGTH_MAX = 4096

/** Something that was to be done for a gate and failed. */
export interface Failure {
  /** Kind of the object, such as ConfigMap. */
  readonly kind: string
  /** For people: "apply ConfigMap metricgate-web". */
  readonly attempted: string
  readonly error: unknown
}

/** What is known of a gate after a reconciliation. */
export interface Findings {
  readonly generation: number
  readonly plan: Plan
  readonly facts: ClusterFacts
  readonly failures: readonly Failure[]
  /** Undefined: not known, the last numbers stay. */
  readonly pods: PodCounts | undefined
  /** Hash of the configuration that proxies have been given; undefined: the last one stays. */
  readonly configHash: string | undefined
}

/** The status to show, made of what was found and of the previous one. */
export function describeStatus(previous: MetricGateStatus, findings: Findings, now: Date): MetricGateStatus {
  const states = conditionStates(findings)
  const shown = new Set(states.map(({ type }) => type))
  const kept = (previous.conditions ?? []).filter(
    ({ type }) => OUR_CONDITIONS.includes(type) && shown.has(type),
  )
  const pods = findings.pods ?? previous.pods
  const configHash = findings.configHash ?? previous.configHash
  return {
    observedGeneration: findings.generation,
    conditions: mergeConditions(kept, states, findings.generation, now),
    ...(pods !== undefined && { pods }),
    ...(configHash !== undefined && { configHash }),
  }
}

function conditionStates({ plan, facts, failures }: Findings): ConditionState[] {
  switch (plan.kind) {
    case 'invalid':
      return stateOf('Stalled', 'Invalid', formatFieldErrors(plan.errors))
    case 'modeNotAvailable':
      return stateOf(
        'Stalled',
        'ModeNotAvailable',
        `spec.mode: ${plan.gate.spec.mode} is not available in this version; use Sidecar`,
      )
    case 'wanted':
      return [
        ...(failures.length > 0 ? failedState(failures) : readyState(plan.gate, plan.wanted, facts)),
        ...monitorState(plan.gate, facts, failures),
      ]
  }
}

function readyState(
  gate: MetricGate,
  wanted: readonly KubernetesObject[],
  facts: ClusterFacts,
): ConditionState[] {
  const kinds = wanted.map(({ kind }) => kind).join(', ')
  const missing = missingMonitorKind(gate, facts)
  const restriction = missing === undefined ? '' : `; no ${missing}: see ${MONITOR_CONDITION}`
  return stateOf('Ready', 'Reconciled', `${kinds} are in place${restriction}`)
}

/** What only a person can end is Stalled, which Flux and Argo CD show as failed; the rest will pass with another try. */
function failedState(failures: readonly Failure[]): ConditionState[] {
  const refusal = failures.find(({ error }) => error instanceof ApiError && error.isRefusal)
  const message = failures.map(describeFailure).join('; ')
  return refusal === undefined
    ? stateOf('Reconciling', 'Retrying', message)
    : stateOf('Stalled', reasonOf(refusal), message)
}

function monitorState(gate: MetricGate, facts: ClusterFacts, failures: readonly Failure[]): ConditionState[] {
  const { enabled, kind } = gate.spec.monitor
  if (!enabled) return []
  if (missingMonitorKind(gate, facts) !== undefined) {
    const message =
      `the cluster has no ${kind} (monitoring.coreos.com/v1), so nothing tells Prometheus to scrape the gate's pods: ` +
      'install the CRDs of the Prometheus operator, or set spec.monitor.enabled: false'
    return [{ type: MONITOR_CONDITION, status: 'False', reason: 'CrdMissing', message }]
  }
  const failure = failures.find(failed => failed.kind === kind)
  return [
    failure === undefined
      ? { type: MONITOR_CONDITION, status: 'True', reason: 'Applied', message: `the ${kind} is in place` }
      : {
          type: MONITOR_CONDITION,
          status: 'False',
          reason: reasonOf(failure),
          message: cut(describeFailure(failure)),
        },
  ]
}

function stateOf(state: GateState, reason: string, message: string): ConditionState[] {
  const cause: Cause = { reason, message: cut(message) }
  return kstatusConditions(state, cause)
}

function reasonOf({ error }: Failure): string {
  if (!(error instanceof ApiError) || !error.isRefusal) return 'Retrying'
  return error.status === 403 ? 'Forbidden' : 'Refused'
}

function describeFailure({ attempted, error }: Failure): string {
  return `${attempted}: ${error instanceof Error ? error.message : String(error)}`
}

function cut(message: string): string {
  return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX)}…`
}
