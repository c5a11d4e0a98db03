import type { Logger } from 'pino'
import { PodPorts } from '../direct-scrape/pod-ports.ts'
import { type EventObserver, EventRecorder } from '../events/recorder.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Random } from '../kubernetes/backoff.ts'
import type { Clock } from '../kubernetes/clock.ts'
import type { Pace } from '../kubernetes/pacer.ts'
import { type RunResult, WorkQueue } from '../kubernetes/work-queue.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { SETTLE_MS } from '../rollout/limits.ts'
import { type RestartResult, Rollouts } from '../rollout/rollouts.ts'
import { AppliedVersions } from './applied.ts'
import { POD_CHANGES_PACE, RECONCILE_BACKOFF, RECONCILE_CONCURRENCY } from './limits.ts'
import { reconcile } from './reconcile.ts'
import type { ClusterView, ReconcileObserver } from './reconcile-context.ts'
import { StatusWriter } from './status-writer.ts'
import type { OwnedObject, WatchedGate } from './watched.ts'

/** Told of what is done in a term, to be counted. */
export interface TermObserver extends ReconcileObserver {
  readonly reconciled: (result: 'success' | 'failure', durationMs: number) => void
  /** A gate's turn has come. */
  readonly dequeued: (waitedMs: number) => void
  /** A gate is to be reconciled again because that failed. */
  readonly retried: () => void
  readonly workloadRestarted: (result: RestartResult) => void
  readonly eventRecorded: EventObserver
}

/** What is needed to lead. */
export interface TermOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly sidecar: SidecarOptions
  /** The operator's own namespace. */
  readonly namespace: string
  readonly observer: TermObserver
  /** Does this replica lead at this moment? */
  readonly isLeader: () => boolean
  /** Since when the API server has known of the webhook as it is, by the clock's `monotonicMs`; undefined: it does not. */
  readonly webhookServingSinceMs: () => number | undefined
  /** How long that, and what a gate injects, has to be as it is before workloads are restarted; default SETTLE_MS. */
  readonly settleMs?: number
  /** When gates are reconciled because of their pods; default POD_CHANGES_PACE. */
  readonly podChangesPace?: Pace
}

/**
 * The work of one term of leadership: gates are reconciled as they are added. Each term remembers only what it has done itself, as a
 * new process would: between two terms another replica may have led.
 */
export class Term {
  readonly #view: ClusterView
  readonly #options: TermOptions
  readonly #queue: WorkQueue
  readonly #applied = new AppliedVersions()
  readonly #statuses: StatusWriter
  readonly #rollouts: Rollouts
  readonly #podPorts: PodPorts
  readonly #events: EventRecorder
  #ended = false

  constructor(view: ClusterView, options: TermOptions) {
    const { client, clock, random, logger, sidecar, namespace, observer } = options
    this.#view = view
    this.#options = options
    this.#statuses = new StatusWriter(client)
    this.#events = new EventRecorder({ client, clock, logger, observe: observer.eventRecorded })
    this.#podPorts = new PodPorts(client)
    this.#rollouts = new Rollouts({
      client,
      clock,
      logger,
      sidecar,
      namespace,
      webhookServingSinceMs: options.webhookServingSinceMs,
      settleMs: options.settleMs ?? SETTLE_MS,
      observe: observer.workloadRestarted,
    })
    this.#queue = new WorkQueue({
      run: key => this.#reconcile(key),
      concurrency: RECONCILE_CONCURRENCY,
      backoff: RECONCILE_BACKOFF,
      clock,
      random,
      onStart: observer.dequeued,
      onFailure: (gate, error, retryMs, failures) => {
        observer.retried()
        const message = error instanceof Error ? error.message : String(error)
        logger.warn({ gate, failures, retryMs: Math.round(retryMs) }, `reconciliation failed: ${message}`)
      },
    })
  }

  /** Has the gate `key` (namespace/name) reconciled as soon as there is room. */
  add(key: string): void {
    this.#queue.add(key)
  }

  /** Has the gate reconciled in a while, if not before: something has happened that changes what its status counts. */
  addPaced(key: string): void {
    this.#queue.addPaced(key, this.#options.podChangesPace ?? POD_CHANGES_PACE)
  }

  /** Gates that wait to be reconciled. */
  get queueDepth(): number {
    return this.#queue.depth
  }

  /** Is this version of the gate the one that writing its status made? */
  hasWrittenStatus(gate: WatchedGate): boolean {
    return this.#statuses.isOurs(gate)
  }

  /** Is this version of the object the one that was applied? */
  hasApplied(kind: string, object: OwnedObject): boolean {
    return this.#applied.isOurs(kind, object)
  }

  /** Drops what waits and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#ended = true
    await this.#queue.stop()
    await this.#events.stop()
  }

  async #reconcile(key: string): Promise<RunResult> {
    const { client, clock, logger, sidecar, observer, isLeader } = this.#options
    const startedMs = clock.monotonicMs()
    try {
      const outcome = await reconcile(key, {
        view: this.#view,
        client,
        applied: this.#applied,
        statuses: this.#statuses,
        rollouts: this.#rollouts,
        podPorts: this.#podPorts,
        events: this.#events,
        sidecar,
        clock,
        logger,
        observer,
      })
      observer.reconciled('success', clock.monotonicMs() - startedMs)
      return outcome
    } catch (error) {
      // What is refused or broken off because the term is over is no failure: the next leader does it.
      if (this.#ended || !isLeader()) return {}
      observer.reconciled('failure', clock.monotonicMs() - startedMs)
      throw error
    }
  }
}
