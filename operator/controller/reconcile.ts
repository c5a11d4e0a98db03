import type { Logger } from 'pino'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { type Look, lookForDirectScrapes } from '../direct-scrape/look.ts'
import { filteredPods } from '../direct-scrape/pods.ts'
import { statusEvents } from '../events/transitions.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import type { RunResult } from '../kubernetes/work-queue.ts'
import { configHash, DEPLOYMENT, missingMonitorKind } from '../resources/render.ts'
import { aggregatorState, workloadsOf } from './aggregator-state.ts'
import { carryOut } from './carry-out.ts'
import { OUTDATED_MS } from './limits.ts'
import { type Plan, planGate } from './plan.ts'
import { countPods, type GatePod, gatePods } from './pod-counts.ts'
import type { ReconcileContext } from './reconcile-context.ts'
import { rollOut } from './roll-out.ts'
import { describeStatus, type Failure, type Findings } from './status.ts'
import type { StatusWrite } from './status-writer.ts'
import type { WatchedGate } from './watched.ts'

/** Not everything that a gate needs could be done; what could not is in its status. */
export class ReconcileError extends Error {
  readonly code = 'E_RECONCILE'
  /** How long the API server asks us to wait. */
  readonly retryAfterMs: number

  constructor(failures: readonly Failure[]) {
    super(
      failures
        .map(({ attempted, error }) => `${attempted}: ${error instanceof Error ? error.message : error}`)
        .join('; '),
    )
    this.name = 'ReconcileError'
    this.retryAfterMs = Math.max(
      0,
      ...failures.map(({ error }) => (error instanceof ApiError ? error.retryAfterMs : 0)),
    )
  }
}

/**
 * Makes the cluster what the gate `key` (namespace/name) asks for: gather, decide, apply, report. Objects and status are written
 * only where they differ, the status also when something failed. Resolves with when to look again. Throws ReconcileError or
 * ApiError; then it is to be tried again.
 */
export async function reconcile(key: string, context: ReconcileContext): Promise<RunResult> {
  const { view, applied, statuses, rollouts } = context
  const [namespace = '', name = ''] = key.split('/')
  const gate = view.gate(namespace, name)
  if (gate === undefined) {
    // Kubernetes deletes what the gate owned.
    applied.forget(key)
    statuses.forget(key)
    rollouts.forget(key)
    return {}
  }
  // In foreground deletion the gate waits for its objects to go: they must not come back.
  if (gate.metadata.deletionTimestamp !== undefined) return {}
  const { findings, lookAgainMs } = await bringAbout(key, gate, context)
  const written = await report(key, gate, findings, context)
  if (findings.failures.length > 0) throw new ReconcileError(findings.failures)
  const requeueAfterMs = earlier(lookAgainMs, written === 'outdated' ? OUTDATED_MS : undefined)
  return requeueAfterMs === undefined ? {} : { requeueAfterMs }
}

/** Does what is to be done for the gate, as far as it can be. */
async function bringAbout(
  key: string,
  gate: WatchedGate,
  context: ReconcileContext,
): Promise<{ readonly findings: Findings; readonly lookAgainMs: number | undefined }> {
  const { view, applied, sidecar, statuses } = context
  const { namespace, name, generation } = gate.metadata
  const { facts } = view
  const owned = view.owned(namespace, name)
  const pods = podsOf(gate, context)
  const counts = pods && countPods(pods)
  const sidecarsRemain = (counts?.injected ?? 0) > 0
  const plan = planGate(gate, { facts, options: sidecar, sidecarsRemain }, owned, applied)
  const { failures, workloads } = await carryOut(key, plan, context)
  const known = new Map([...workloadsOf(owned.get(DEPLOYMENT.kind) ?? []), ...workloads])
  const aggregator = plan.kind === 'wanted' ? aggregatorState(plan.gate, known) : undefined
  const { condition, lookAgainMs } = await rollOut(
    key,
    { plan, failures, aggregator, pods: pods ?? [], status: statuses.current(gate) },
    context,
  )
  const look = plan.kind === 'wanted' ? await lookAtScrapes(plan.gate, context) : undefined
  const hasAggregator = plan.kind === 'wanted' && plan.gate.spec.mode !== 'Sidecar'
  const targets = hasAggregator ? view.targets(namespace, name) : undefined
  const configHash = givenHash(plan, failures)
  const findings = {
    generation,
    plan,
    facts,
    failures,
    pods: counts,
    targets,
    aggregator,
    rollout: condition,
    directScrape: look?.condition,
    configHash,
  }
  return { findings, lookAgainMs: earlier(lookAgainMs, look?.lookAgainMs) }
}

function lookAtScrapes(gate: MetricGate, { view, podPorts }: ReconcileContext): Promise<Look> {
  const { namespace } = gate.metadata
  const surroundings = {
    pods: filteredPods(gate, view.gates(namespace), view.pods(namespace)),
    services: Array.from(view.services(namespace), ({ metadata: { name }, facts }) => ({ name, facts })),
    monitors: [...view.monitors(namespace)],
  }
  const hasMonitor = gate.spec.monitor.enabled && missingMonitorKind(gate, view.facts) === undefined
  return lookForDirectScrapes(gate, surroundings, hasMonitor, podPorts)
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

/** Writes the status where it differs, and tells people what that means. */
async function report(
  key: string,
  gate: WatchedGate,
  findings: Findings,
  { statuses, clock, observer, logger, events }: ReconcileContext,
): Promise<StatusWrite> {
  const previous = statuses.current(gate)
  const status = describeStatus(previous, findings, new Date(clock.now()))
  const written = await statuses.write(gate, status)
  if (written !== 'written') return written
  observer.statusWritten()
  logStatus(key, status, logger)
  events.record(gate.metadata, statusEvents(previous, status))
  return written
}

/** The gate's pods; undefined when the gate is invalid, so that nothing can be said of them. */
function podsOf({ validation }: WatchedGate, { view, sidecar }: ReconcileContext): GatePod[] | undefined {
  if (!validation.valid) return undefined
  const { gate } = validation
  const { namespace } = gate.metadata
  return gatePods(gate, view.gates(namespace), view.pods(namespace), sidecar)
}

/** Hash of the configuration, if it has reached the ConfigMap. */
function givenHash(plan: Plan, failures: readonly Failure[]): string | undefined {
  if (plan.kind !== 'wanted' || failures.some(({ kind }) => kind === 'ConfigMap')) return undefined
  return configHash(plan.gate)
}

function logStatus(gate: string, { conditions = [], pods }: MetricGateStatus, logger: Logger): void {
  const stalled = conditions.find(({ type, status }) => type === 'Stalled' && status === 'True')
  const ready = conditions.find(({ type }) => type === 'Ready')
  const { reason, message } = stalled ?? ready ?? {}
  if (stalled === undefined) logger.info({ gate, ready: ready?.status, reason, message, pods }, 'status')
  else logger.warn({ gate, reason, message, pods }, 'the gate is stalled')
}
