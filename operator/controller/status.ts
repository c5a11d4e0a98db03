import type { KubernetesObject } from '@kubernetes/client-node'
import {
  type Cause,
  type ConditionState,
  type GateState,
  kstatusConditions,
  mergeConditions,
} from '../api/conditions.ts'
import { formatFieldErrors } from '../api/field-error.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { DIRECT_SCRAPE_CONDITION } from '../direct-scrape/report.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import { type ClusterFacts, missingMonitorKind } from '../resources/render.ts'
import { ROLLOUT_CONDITION } from '../rollout/report.ts'
import type { AggregatorState } from './aggregator-state.ts'
import { MESSAGE_LENGTH_MAX } from './limits.ts'
import type { Plan } from './plan.ts'
import type { PodCounts } from './pod-counts.ts'

/** Says whether Prometheus learns of the gate's pods; absent where the gate wants no monitor. */
const MONITOR_CONDITION = 'MonitorReady'
/** Says whether the gate's aggregator runs; absent in mode Sidecar. */
const AGGREGATOR_CONDITION = 'AggregatorReady'
const OUR_CONDITIONS: readonly string[] = [
  'Ready',
  'Reconciling',
  'Stalled',
  MONITOR_CONDITION,
  AGGREGATOR_CONDITION,
  ROLLOUT_CONDITION,
  DIRECT_SCRAPE_CONDITION,
]

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
  /** Undefined: the gate has no aggregator, or is invalid. */
  readonly targets: MetricGateStatus['targets']
  /** Undefined: the gate has none, or is invalid. */
  readonly aggregator: AggregatorState | undefined
  /** How the roll-out of sidecars stands; undefined: the gate wants none, or is invalid. */
  readonly rollout: ConditionState | undefined
  /** Whether something scrapes the gate's pods past the gate; undefined: the gate is invalid. */
  readonly directScrape: ConditionState | undefined
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
  const targets = findings.plan.kind === 'invalid' ? previous.targets : findings.targets
  const configHash = findings.configHash ?? previous.configHash
  return {
    observedGeneration: findings.generation,
    conditions: mergeConditions(kept, states, findings.generation, now),
    ...(pods !== undefined && { pods }),
    ...(targets !== undefined && { targets }),
    ...(configHash !== undefined && { configHash }),
  }
}

function conditionStates(findings: Findings): ConditionState[] {
  const { plan, facts, failures, aggregator, targets, rollout, directScrape } = findings
  if (plan.kind === 'invalid') return stateOf('Stalled', 'Invalid', formatFieldErrors(plan.errors))
  return [
    ...overallState(plan, findings),
    ...monitorState(plan.gate, facts, failures),
    ...(aggregator === undefined ? [] : [aggregatorCondition(aggregator, targets)]),
    ...[rollout, directScrape]
      .filter(condition => condition !== undefined)
      .map(condition => ({ ...condition, message: cut(condition.message) })),
  ]
}

function overallState(
  { gate, wanted }: Plan & { kind: 'wanted' },
  { facts, failures, aggregator }: Findings,
): ConditionState[] {
  if (failures.length > 0) return failedState(failures)
  if (aggregator !== undefined && aggregator.kind !== 'available') {
    const state = aggregator.kind === 'failed' ? 'Stalled' : 'Reconciling'
    return stateOf(state, AGGREGATOR_REASONS[aggregator.kind], aggregator.message)
  }
  return readyState(gate, wanted, facts)
}

const AGGREGATOR_REASONS = {
  available: 'Available',
  progressing: 'AggregatorProgressing',
  failed: 'AggregatorFailed',
} as const

function aggregatorCondition(
  { kind, message }: AggregatorState,
  targets: Findings['targets'],
): ConditionState {
  return {
    type: AGGREGATOR_CONDITION,
    status: kind === 'available' ? 'True' : 'False',
    reason: AGGREGATOR_REASONS[kind],
    message: cut(targets?.resolved === 0 ? `${message}; there is no pod to collect from` : message),
  }
}

function readyState(
  gate: MetricGate,
  wanted: readonly KubernetesObject[],
  facts: ClusterFacts,
): ConditionState[] {
  const kinds = [...new Set(wanted.map(({ kind }) => kind))].join(', ')
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
  return error.isForbidden ? 'Forbidden' : 'Refused'
}

function describeFailure({ attempted, error }: Failure): string {
  return `${attempted}: ${error instanceof Error ? error.message : String(error)}`
}

function cut(message: string): string {
  return message.length <= MESSAGE_LENGTH_MAX ? message : `${message.slice(0, MESSAGE_LENGTH_MAX)}…`
}
