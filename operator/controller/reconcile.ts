import type { Logger } from 'pino'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { type ClusterFacts, configHash } from '../resources/render.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import type { ApiClient } from './api-client.ts'
import { ApiError } from './api-error.ts'
import type { AppliedVersions } from './applied.ts'
import { applyObject, deleteObject } from './apply.ts'
import type { Clock } from './clock.ts'
import { type Application, type Deletion, type OwnedByKind, type Plan, planGate } from './plan.ts'
import { countPods } from './pod-counts.ts'
import { describeStatus, type Failure } from './status.ts'
import type { StatusWriter } from './status-writer.ts'
import type { WatchedGate, WatchedPod } from './watched.ts'

/** What is known of the cluster, as far as gates of one namespace are concerned. */
export interface ClusterView {
  gate(namespace: string, name: string): WatchedGate | undefined
  /** The valid gates of the namespace. */
  gates(namespace: string): readonly MetricGate[]
  pods(namespace: string): Iterable<WatchedPod>
  /** Objects that carry the gate's label. */
  owned(namespace: string, gateName: string): OwnedByKind
  readonly facts: ClusterFacts
}

/** Told of what is done, to be counted. */
export interface ReconcileObserver {
  readonly applied: (kind: string) => void
  readonly deleted: (kind: string) => void
  readonly statusWritten: () => void
}

/** What a reconciliation works with. */
export interface ReconcileContext {
  readonly view: ClusterView
  readonly client: ApiClient
  readonly applied: AppliedVersions
  readonly statuses: StatusWriter
  readonly sidecar: SidecarOptions
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ReconcileObserver
}

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
 * only where they differ, the status also when something failed. Throws ReconcileError or ApiError; then it is to be tried again.
 */
export async function reconcile(key: string, context: ReconcileContext): Promise<void> {
  const { view, applied, statuses } = context
  const [namespace = '', name = ''] = key.split('/')
  const gate = view.gate(namespace, name)
  if (gate === undefined) {
    // Kubernetes deletes what the gate owned.
    applied.forget(key)
    statuses.forget(key)
    return
  }
  // In foreground deletion the gate waits for its objects to go: they must not come back.
  if (gate.metadata.deletionTimestamp !== undefined) return
  const { facts } = view
  const plan = planGate(gate, facts, view.owned(namespace, name), applied)
  const failures = plan.kind === 'wanted' ? await execute(key, plan, context) : []
  const found = plan.kind === 'invalid' ? undefined : plan.gate
  const status = describeStatus(
    statuses.current(gate),
    {
      generation: gate.metadata.generation,
      plan,
      facts,
      failures,
      pods: found && countPods(found, view.gates(namespace), view.pods(namespace), context.sidecar),
      configHash: givenHash(plan, failures),
    },
    new Date(context.clock.now()),
  )
  if (await statuses.write(gate, status)) {
    context.observer.statusWritten()
    logStatus(key, status, context.logger)
  }
  if (failures.length > 0) throw new ReconcileError(failures)
}

interface Step {
  readonly kind: string
  readonly attempted: string
  readonly run: () => Promise<void>
}

async function execute(
  key: string,
  plan: Plan & { kind: 'wanted' },
  context: ReconcileContext,
): Promise<Failure[]> {
  const steps = [
    ...plan.apply.map(application => applyStep(key, application, context)),
    ...plan.remove.map(deletion => deleteStep(key, deletion, context)),
  ]
  const results = await Promise.allSettled(steps.map(({ run }) => run()))
  return steps.flatMap(({ kind, attempted }, index) => {
    const result = results[index]
    return result?.status === 'rejected' ? [{ kind, attempted, error: result.reason }] : []
  })
}

function applyStep(
  key: string,
  { kind, object }: Application,
  { client, applied, observer, logger }: ReconcileContext,
): Step {
  const attempted = `apply ${kind.kind} ${object.metadata?.name}`
  const run = async (): Promise<void> => {
    const resourceVersion = await applyObject(client, kind, object)
    applied.remember(key, object, resourceVersion)
    observer.applied(kind.kind)
    logger.info({ gate: key, resourceVersion }, attempted)
  }
  return { kind: kind.kind, attempted, run }
}

function deleteStep(
  key: string,
  { kind, object }: Deletion,
  { client, observer, logger }: ReconcileContext,
): Step {
  const attempted = `delete ${kind.kind} ${object.metadata.name}`
  const run = async (): Promise<void> => {
    await deleteObject(client, kind, object)
    observer.deleted(kind.kind)
    logger.info({ gate: key }, attempted)
  }
  return { kind: kind.kind, attempted, run }
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
