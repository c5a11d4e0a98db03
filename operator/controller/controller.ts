import { isDeepStrictEqual } from 'node:util'
import type { Logger } from 'pino'
import { EventRecorder } from '../events/recorder.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { SETTLE_MS } from '../rollout/limits.ts'
import { Rollouts } from '../rollout/rollouts.ts'
import type { ApiClient } from './api-client.ts'
import { AppliedVersions } from './applied.ts'
import type { Random } from './backoff.ts'
import type { Clock } from './clock.ts'
import { ClusterWatch } from './cluster-watch.ts'
import type { Kind } from './kinds.ts'
import { METRIC_GATE } from './kinds.ts'
import { POD_CHANGES_MS, RECONCILE_BACKOFF, RECONCILE_CONCURRENCY, STUCK_MS } from './limits.ts'
import type { RestartReason } from './list-watch.ts'
import { gateOfPod } from './pod-counts.ts'
import { type ReconcileObserver, reconcile } from './reconcile.ts'
import { StatusWriter } from './status-writer.ts'
import type { Change } from './store.ts'
import type { OwnedObject, TargetSlice, WatchedGate, WatchedPod } from './watched.ts'
import { type RunResult, WorkQueue } from './work-queue.ts'

/** Told of what the controller does, to be counted. */
export interface ControllerObserver extends ReconcileObserver {
  readonly reconciled: (result: 'success' | 'failure', durationMs: number) => void
  readonly watchRestarted: (kind: Kind, reason: RestartReason) => void
  readonly handlerFailed: (kind: Kind) => void
}

/** What the controller works with. */
export interface ControllerOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly sidecar: SidecarOptions
  /** The operator's own namespace. */
  readonly namespace: string
  readonly observer: ControllerObserver
  /** Gates came, went, or ask for something else. */
  readonly onGatesChanged?: () => void
  /** Since when the API server has known of the webhook as it is, in ms since the epoch; undefined: it does not. */
  readonly webhookServingSinceMs: () => number | undefined
  /** How long that, and what a gate injects, has to be as it is before workloads are restarted; default SETTLE_MS. */
  readonly settleMs?: number
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
}

/** Watches gates and what concerns them, and reconciles each gate that something has happened to. */
export class Controller {
  /** What is known of the cluster. */
  readonly cluster: ClusterWatch
  readonly #options: ControllerOptions
  readonly #queue: WorkQueue
  readonly #applied = new AppliedVersions()
  readonly #statuses: StatusWriter
  readonly #rollouts: Rollouts
  readonly #events: EventRecorder
  #synced = false

  constructor(options: ControllerOptions) {
    const { client, clock, random, logger, observer, absentMsMax } = options
    const { sidecar, namespace, webhookServingSinceMs, settleMs = SETTLE_MS } = options
    this.#options = options
    this.#statuses = new StatusWriter(client)
    this.#events = new EventRecorder({ client, clock, logger })
    this.#rollouts = new Rollouts({
      client,
      clock,
      logger,
      sidecar,
      namespace,
      webhookServingSinceMs,
      settleMs,
    })
    this.#queue = new WorkQueue({
      run: key => this.#reconcile(key),
      concurrency: RECONCILE_CONCURRENCY,
      backoff: RECONCILE_BACKOFF,
      clock,
      random,
      onFailure: (gate, error, retryMs, failures) => {
        const message = error instanceof Error ? error.message : String(error)
        logger.warn({ gate, failures, retryMs: Math.round(retryMs) }, `reconciliation failed: ${message}`)
      },
    })
    this.cluster = new ClusterWatch({
      client,
      clock,
      random,
      logger,
      ...(absentMsMax !== undefined && { absentMsMax }),
      listener: {
        gateChanged: change => this.#gateChanged(change),
        podChanged: change => this.#podChanged(change),
        targetsChanged: change => this.#targetsChanged(change),
        ownedChanged: (kind, change) => this.#ownedChanged(kind, change),
        availabilityChanged: () => this.#reconcileAll(),
        restarted: observer.watchRestarted,
        failed: observer.handlerFailed,
      },
    })
  }

  /** Begins; resolves when everything is known and reconciling has begun. */
  async start(): Promise<void> {
    await this.cluster.start()
    this.#synced = true
    this.#options.onGatesChanged?.()
    this.#reconcileAll()
  }

  /** Ends the watches, and waits for reconciliations that run. */
  async stop(): Promise<void> {
    await Promise.all([this.cluster.stop(), this.#queue.stop()])
  }

  /** Gates that wait to be reconciled. */
  get queueDepth(): number {
    return this.#queue.depth
  }

  /** Why the controller does not do its work (yet): a sentence for each reason, none when it does. */
  obstacles(): string[] {
    return this.cluster.health().flatMap(({ kind, available, trouble }) => {
      if (available === undefined)
        return [`${kind.plural} are not known yet${trouble === undefined ? '' : `: ${trouble}`}`]
      if (kind === METRIC_GATE && !available)
        return [`the cluster has no ${kind.plural} (${kind.apiVersion}): install its CRD`]
      return []
    })
  }

  /** Watches that have not even tried anything for longer than can be: only a restart helps. */
  stuckWatches(): string[] {
    const nowMs = this.#options.clock.now()
    return this.cluster
      .health()
      .filter(({ lastActivityMs }) => nowMs - lastActivityMs > STUCK_MS)
      .map(({ kind }) => kind.plural)
  }

  async #reconcile(key: string): Promise<RunResult> {
    const { client, clock, logger, sidecar, observer } = this.#options
    const startedMs = clock.now()
    let result: 'success' | 'failure' = 'failure'
    try {
      const outcome = await reconcile(key, {
        view: this.cluster,
        client,
        applied: this.#applied,
        statuses: this.#statuses,
        rollouts: this.#rollouts,
        events: this.#events,
        sidecar,
        clock,
        logger,
        observer,
      })
      result = 'success'
      return outcome
    } finally {
      observer.reconciled(result, clock.now() - startedMs)
    }
  }

  #gateChanged(change: Change<WatchedGate>): void {
    if (!this.#synced) return
    if (change.type === 'updated' && this.#statuses.isOurs(change.object)) return
    const key = keyOf(change.object)
    this.#queue.add(key)
    const { namespace, generation } = change.object.metadata
    if (change.type === 'updated' && change.before.metadata.generation === generation) return
    // Which pods another gate of the namespace has may depend on this one: "true" means the only gate, for example.
    const others = [...this.cluster.gatesIn(namespace)].map(keyOf).filter(other => other !== key)
    for (const other of others) this.#queue.addAfter(other, POD_CHANGES_MS)
    this.#options.onGatesChanged?.()
  }

  #podChanged(change: Change<WatchedPod>): void {
    if (!this.#synced) return
    const states = change.type === 'updated' ? [change.before, change.object] : [change.object]
    const [first, second] = states.map(({ metadata: { resourceVersion: _, ...facts } }) => facts)
    if (isDeepStrictEqual(first, second)) return
    const { namespace } = change.object.metadata
    const gates = this.cluster.gates(namespace)
    for (const name of new Set(states.map(pod => gateOfPod(pod, gates)))) {
      if (name !== undefined) this.#queue.addAfter(`${namespace}/${name}`, POD_CHANGES_MS)
    }
  }

  #targetsChanged(change: Change<TargetSlice>): void {
    if (!this.#synced) return
    const { object } = change
    if (change.type === 'updated' && isDeepStrictEqual(countsOf(change.before), countsOf(object))) return
    this.#queue.addAfter(`${object.metadata.namespace}/${object.metadata.gate}`, POD_CHANGES_MS)
  }

  #ownedChanged({ kind }: Kind, change: Change<OwnedObject>): void {
    const { type, object } = change
    if (!this.#synced) return
    const before = type === 'updated' ? change.before.workload : undefined
    const isNews =
      type === 'deleted' || !this.#applied.isOurs(kind, object) || !isDeepStrictEqual(before, object.workload)
    if (isNews) this.#queue.add(`${object.metadata.namespace}/${object.metadata.gate}`)
  }

  #reconcileAll(): void {
    if (!this.#synced) return
    for (const gate of this.cluster.allGates()) this.#queue.add(keyOf(gate))
  }
}

function countsOf({ resolved, ready }: TargetSlice): object {
  return { resolved, ready }
}

function keyOf({ metadata }: WatchedGate): string {
  return `${metadata.namespace}/${metadata.name}`
}
