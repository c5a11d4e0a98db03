import type { Logger } from 'pino'
import { FIELD_MANAGER, GATE_LABEL, TARGETS_LABEL } from '../api/labels.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { type ClusterFacts, DEPLOYMENT, RENDERED_KINDS } from '../resources/render.ts'
import type { ApiClient } from './api-client.ts'
import type { Random } from './backoff.ts'
import type { Clock } from './clock.ts'
import { Collection } from './collection.ts'
import { collectionPath, ENDPOINT_SLICE, type Kind, METRIC_GATE, POD } from './kinds.ts'
import { ListWatch, type RestartReason } from './list-watch.ts'
import type { OwnedByKind } from './plan.ts'
import type { ClusterView } from './reconcile.ts'
import type { Change, Stored } from './store.ts'
import {
  type OwnedObject,
  readDeployment,
  readGate,
  readOwned,
  readPod,
  readTargets,
  type TargetSlice,
  type WatchedGate,
  type WatchedPod,
} from './watched.ts'

/** Told of what changes in the cluster, and of how watching goes. */
export interface ClusterListener {
  readonly gateChanged: (change: Change<WatchedGate>) => void
  readonly podChanged: (change: Change<WatchedPod>) => void
  /** Targets that an aggregator finds. */
  readonly targetsChanged: (change: Change<TargetSlice>) => void
  readonly ownedChanged: (kind: Kind, change: Change<OwnedObject>) => void
  /** The cluster begins or ceases to have a kind. */
  readonly availabilityChanged: (kind: Kind) => void
  readonly restarted: (kind: Kind, reason: RestartReason) => void
  /** A handler above threw, or an object could not be read. */
  readonly failed: (kind: Kind) => void
}

/** What the watches work with. */
export interface ClusterWatchOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly listener: ClusterListener
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
}

/** How the watch of one kind is doing. */
export interface WatchHealth {
  readonly kind: Kind
  readonly available: boolean | undefined
  readonly objects: number
  readonly lastProgressMs: number
  readonly lastActivityMs: number
  /** The last failure since the watch last worked. */
  readonly trouble: string | undefined
}

interface Watched<T extends Stored> {
  readonly kind: Kind
  readonly listWatch: ListWatch<T>
}

/** What all of them have in common, whatever they read. */
interface AnyWatched {
  readonly kind: Kind
  readonly listWatch: Pick<
    ListWatch<Stored>,
    'start' | 'stop' | 'synced' | 'available' | 'lastProgressMs' | 'lastActivityMs'
  > & { readonly store: { readonly size: number } }
}

/** The part of the cluster that gates are about, kept up to date: gates, pods (metadata only), and what gates own. */
export class ClusterWatch implements ClusterView {
  readonly #options: ClusterWatchOptions
  readonly #trouble = new Map<Kind, { readonly message: string; readonly atMs: number }>()
  readonly #gates: Watched<WatchedGate>
  readonly #pods: Watched<WatchedPod>
  readonly #targets: Watched<TargetSlice>
  readonly #owned: readonly Watched<OwnedObject>[]

  constructor(options: ClusterWatchOptions) {
    const { listener } = options
    this.#options = options
    this.#gates = this.#watch(METRIC_GATE, {}, readGate, listener.gateChanged)
    this.#pods = this.#watch(
      POD,
      // Pods that have ended are nobody's to scrape; one that ends leaves the watch as if it were deleted.
      { metadataOnly: true, fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
      readPod,
      listener.podChanged,
    )
    // Kubernetes copies the labels of a Service to its slices.
    this.#targets = this.#watch(
      ENDPOINT_SLICE,
      { labelSelector: TARGETS_LABEL },
      readTargets,
      listener.targetsChanged,
    )
    const ours = {
      metadataOnly: true,
      labelSelector: `app.kubernetes.io/managed-by=${FIELD_MANAGER},${GATE_LABEL}`,
    }
    this.#owned = RENDERED_KINDS.map(kind =>
      kind === DEPLOYMENT
        ? this.#watch(kind, { ...ours, metadataOnly: false }, readDeployment, change =>
            listener.ownedChanged(kind, change),
          )
        : this.#watch(kind, ours, readOwned, change => listener.ownedChanged(kind, change)),
    )
  }

  /** Begins to watch; resolves when everything is known. */
  async start(): Promise<void> {
    for (const { listWatch } of this.#all()) listWatch.start()
    await Promise.all(this.#all().map(({ listWatch }) => listWatch.synced))
  }

  /** Ends all watches, with their connections and timers. */
  async stop(): Promise<void> {
    await Promise.all(this.#all().map(({ listWatch }) => listWatch.stop()))
  }

  get facts(): ClusterFacts {
    const has = (name: string): boolean =>
      this.#owned.find(({ kind }) => kind.kind === name)?.listWatch.available === true
    return { serviceMonitors: has('ServiceMonitor'), podMonitors: has('PodMonitor') }
  }

  gate(namespace: string, name: string): WatchedGate | undefined {
    return this.#gates.listWatch.store.get(namespace, name)
  }

  /** The gates of all namespaces, invalid ones too. */
  allGates(): Iterable<WatchedGate> {
    return this.#gates.listWatch.store.all()
  }

  /** The valid gates of all namespaces; undefined until they are known. */
  validGates(): MetricGate[] | undefined {
    if (this.#gates.listWatch.available === undefined) return undefined
    return validOnes(this.allGates())
  }

  /** The gates of one namespace, invalid ones too. */
  gatesIn(namespace: string): Iterable<WatchedGate> {
    return this.#gates.listWatch.store.in(namespace)
  }

  gates(namespace: string): MetricGate[] {
    return [...this.gatesIn(namespace)].flatMap(({ validation }) =>
      validation.valid ? [validation.gate] : [],
    )
  }

  pods(namespace: string): Iterable<WatchedPod> {
    return this.#pods.listWatch.store.in(namespace)
  }

  owned(namespace: string, gateName: string): OwnedByKind {
    return new Map(
      this.#owned.map(({ kind, listWatch }) => [
        kind.kind,
        [...listWatch.store.in(namespace)].filter(({ metadata }) => metadata.gate === gateName),
      ]),
    )
  }

  targets(namespace: string, gateName: string): NonNullable<MetricGateStatus['targets']> {
    const slices = [...this.#targets.listWatch.store.in(namespace)].filter(
      ({ metadata }) => metadata.gate === gateName,
    )
    return {
      resolved: slices.reduce((sum, { resolved }) => sum + resolved, 0),
      ready: slices.reduce((sum, { ready }) => sum + ready, 0),
    }
  }

  /** How each watch is doing. */
  health(): WatchHealth[] {
    return this.#all().map(({ kind, listWatch }) => {
      const { available, lastProgressMs, lastActivityMs, store } = listWatch
      const trouble = this.#trouble.get(kind)
      return {
        kind,
        available,
        objects: store.size,
        lastProgressMs,
        lastActivityMs,
        trouble: trouble !== undefined && trouble.atMs > lastProgressMs ? trouble.message : undefined,
      }
    })
  }

  #all(): AnyWatched[] {
    return [this.#gates, this.#pods, this.#targets, ...this.#owned]
  }

  #watch<T extends Stored>(
    kind: Kind,
    selection: { metadataOnly?: boolean; labelSelector?: string; fieldSelector?: string },
    read: (object: unknown) => T,
    onChange: (change: Change<T>) => void,
  ): Watched<T> {
    const { client, clock, random, listener, absentMsMax } = this.#options
    const logger = this.#options.logger.child({ kind: kind.kind })
    const listWatch = new ListWatch<T>({
      collection: new Collection({ client, path: collectionPath(kind), random, ...selection }),
      read,
      clock,
      random,
      ...(absentMsMax !== undefined && { absentMsMax }),
      listener: {
        onChange,
        onAvailability: available => {
          if (available) logger.info('the kind is watched')
          else
            logger.warn(
              `the cluster has no ${kind.plural} (${kind.apiVersion}); it is looked for from time to time`,
            )
          listener.availabilityChanged(kind)
        },
        onRestart: (reason, error, retryMs) => {
          const last = this.#trouble.get(kind)
          const known = last?.message === error.message && last.atMs > listWatch.lastProgressMs
          this.#trouble.set(kind, { message: error.message, atMs: clock.now() })
          listener.restarted(kind, reason)
          // The same trouble once more is no news.
          const say = reason === 'failed' && !known ? 'warn' : 'debug'
          logger[say]({ reason, code: error.code, retryMs: Math.round(retryMs) }, error.message)
        },
        onError: error => {
          listener.failed(kind)
          logger.error({ err: error }, 'an object could not be handled')
        },
      },
    })
    return { kind, listWatch }
  }
}

function validOnes(gates: Iterable<WatchedGate>): MetricGate[] {
  return [...gates].flatMap(({ validation }) => (validation.valid ? [validation.gate] : []))
}
