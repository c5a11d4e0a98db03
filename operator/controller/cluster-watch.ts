import type { Logger } from 'pino'
import { FIELD_MANAGER, GATE_LABEL, TARGETS_LABEL } from '../api/labels.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { looksInto, type MonitorFacts, readMonitorFacts } from '../direct-scrape/monitor.ts'
import { readServiceFacts } from '../direct-scrape/service.ts'
import {
  type ClusterFacts,
  DEPLOYMENT,
  POD_MONITOR,
  RENDERED_KINDS,
  SERVICE,
  SERVICE_MONITOR,
} from '../resources/render.ts'
import type { ApiClient } from './api-client.ts'
import type { Random } from './backoff.ts'
import type { Clock } from './clock.ts'
import { Collection, type CollectionOptions } from './collection.ts'
import { collectionPath, ENDPOINT_SLICE, type Kind, METRIC_GATE, POD } from './kinds.ts'
import { ListWatch, type ReadObject, type RestartReason } from './list-watch.ts'
import type { OwnedByKind } from './plan.ts'
import type { ClusterView } from './reconcile.ts'
import { ALL_NAMESPACES, type Part, ScopedListWatch } from './scoped-list-watch.ts'
import { ownedChange, readShared, type Shared, type WatchedMonitor, type WatchedService } from './shared.ts'
import type { Change, Stored } from './store.ts'
import { isKnown, type WatchState } from './watch-report.ts'
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
  /** Services and monitors of others change, or those of gates: these are told of by `ownedChanged` as well. */
  readonly serviceChanged: (change: Change<WatchedService>) => void
  readonly monitorChanged: (change: Change<WatchedMonitor>) => void
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
  /** The namespaces to watch; none: all of them. */
  readonly namespaces: readonly string[]
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
}

type Selection = Pick<CollectionOptions, 'metadataOnly' | 'labelSelector' | 'fieldSelector'>

interface Watched<T extends Stored> {
  readonly kind: Kind
  readonly listWatch: ScopedListWatch<T>
}

/** What all of them have in common, whatever they read. */
interface AnyWatched {
  readonly kind: Kind
  readonly listWatch: Pick<
    ScopedListWatch<Stored>,
    'start' | 'stop' | 'available' | 'lastProgressMs' | 'lastActivityMs'
  > & { readonly store: { readonly size: number }; readonly parts: readonly AnyPart[] }
}

type AnyPart = Pick<Part<Stored>, 'namespace'> & {
  readonly listWatch: Pick<ListWatch<Stored>, 'synced' | 'settled' | 'isSettled' | 'available' | 'trouble'>
}

/**
 * The part of the cluster that gates are about, kept up to date: gates, pods (metadata only), and what gates own. The gates of a
 * namespace do not show before all of that namespace is known: half of the picture must not be acted upon.
 */
export class ClusterWatch implements ClusterView {
  readonly #options: ClusterWatchOptions
  readonly #scopes: readonly string[]
  readonly #gates: Watched<WatchedGate>
  readonly #pods: Watched<WatchedPod>
  readonly #targets: Watched<TargetSlice>
  /** Of kinds of which only those of gates matter. */
  readonly #owned: readonly Watched<OwnedObject>[]
  readonly #services: Watched<WatchedService>
  readonly #monitors: readonly Watched<WatchedMonitor>[]
  /** Of all namespaces, while they are known to be these. */
  #validGates: readonly MetricGate[] | undefined
  /** The monitors that are not the gates' own, while they are known to be these. */
  #foreignMonitors: readonly MonitorFacts[] | undefined

  constructor(options: ClusterWatchOptions) {
    const { listener, namespaces } = options
    this.#options = options
    this.#scopes = namespaces.length === 0 ? [ALL_NAMESPACES] : [...new Set(namespaces)]
    this.#gates = this.#watch(METRIC_GATE, {}, readGate, change => {
      if (change.type !== 'updated' || change.before.validation !== change.object.validation)
        this.#validGates = undefined
      listener.gateChanged(change)
    })
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
    this.#services = this.#watchShared(SERVICE, readServiceFacts, listener.serviceChanged)
    this.#monitors = [SERVICE_MONITOR, POD_MONITOR].map(kind =>
      this.#watchShared(
        kind,
        object => readMonitorFacts(kind.kind, object),
        change => {
          if (concernsForeign(change)) this.#foreignMonitors = undefined
          listener.monitorChanged(change)
        },
      ),
    )
    const shared: readonly Kind[] = [this.#services, ...this.#monitors].map(({ kind }) => kind)
    this.#owned = RENDERED_KINDS.filter(kind => !shared.includes(kind)).map(kind =>
      kind === DEPLOYMENT
        ? this.#watch(kind, { ...ours, metadataOnly: false }, readDeployment, change =>
            listener.ownedChanged(kind, change),
          )
        : this.#watch(kind, ours, readOwned, change => listener.ownedChanged(kind, change)),
    )
  }

  /** Begins to watch; resolves when everything is known that we may read, and that is at least one namespace. */
  async start(): Promise<void> {
    for (const { listWatch } of this.#all()) listWatch.start()
    await Promise.all(this.#parts().map(({ listWatch }) => listWatch.settled))
    await Promise.race(
      this.#scopes.map(scope => Promise.all(this.#parts(scope).map(({ listWatch }) => listWatch.synced))),
    )
  }

  /** Ends all watches, with their connections and timers. */
  async stop(): Promise<void> {
    await Promise.all(this.#all().map(({ listWatch }) => listWatch.stop()))
  }

  get facts(): ClusterFacts {
    const has = (name: string): boolean =>
      this.#monitors.find(({ kind }) => kind.kind === name)?.listWatch.available === true
    return { serviceMonitors: has('ServiceMonitor'), podMonitors: has('PodMonitor') }
  }

  gate(namespace: string, name: string): WatchedGate | undefined {
    return this.#isKnown(namespace) ? this.#gates.listWatch.store.get(namespace, name) : undefined
  }

  /** The gates of all namespaces, invalid ones too. */
  *allGates(): Generator<WatchedGate, void> {
    const { store } = this.#gates.listWatch
    for (const scope of this.#scopes.filter(of => this.#isKnown(of))) {
      yield* scope === ALL_NAMESPACES ? store.all() : store.in(scope)
    }
  }

  /**
   * The valid gates of all namespaces, whatever else is known of these; undefined until they are known or refused to us. The same list as
   * long as they are the same: it is asked for with each admission.
   */
  validGates(): readonly MetricGate[] | undefined {
    const { isSettled, available, store } = this.#gates.listWatch
    if (!isSettled || available === undefined) return undefined
    this.#validGates ??= validOnes(store.all())
    return this.#validGates
  }

  /** The gates of one namespace, invalid ones too. */
  gatesIn(namespace: string): Iterable<WatchedGate> {
    return this.#isKnown(namespace) ? this.#gates.listWatch.store.in(namespace) : []
  }

  gates(namespace: string): MetricGate[] {
    return validOnes(this.gatesIn(namespace))
  }

  pods(namespace: string): Iterable<WatchedPod> {
    return this.#pods.listWatch.store.in(namespace)
  }

  owned(namespace: string, gateName: string): OwnedByKind {
    const owned = this.#owned.map(({ kind, listWatch }) => ({
      kind,
      objects: [...listWatch.store.in(namespace)],
    }))
    const shared = [this.#services, ...this.#monitors].map(({ kind, listWatch }) => ({
      kind,
      objects: [...listWatch.store.in(namespace)].map(object => object.owned).filter(it => it !== undefined),
    }))
    return new Map(
      [...owned, ...shared].map(({ kind, objects }) => [
        kind.kind,
        objects.filter(({ metadata }) => metadata.gate === gateName),
      ]),
    )
  }

  services(namespace: string): Iterable<WatchedService> {
    return this.#services.listWatch.store.in(namespace)
  }

  *monitors(namespace: string): Generator<MonitorFacts, void> {
    // Each gate has a monitor of its own: to look at all of them for each gate would take the square of their number.
    this.#foreignMonitors ??= this.#monitors
      .flatMap(({ listWatch }) => Array.from(listWatch.store.all(), ({ facts }) => facts))
      .filter(({ ofGate }) => !ofGate)
    for (const facts of this.#foreignMonitors) if (looksInto(facts, namespace)) yield facts
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

  /** How the watches of each kind are doing. */
  health(): WatchHealth[] {
    return this.#all().map(({ kind, listWatch }) => {
      const { available, lastProgressMs, lastActivityMs, store } = listWatch
      return { kind, available, objects: store.size, lastProgressMs, lastActivityMs }
    })
  }

  /** How each of them is doing. */
  states(): WatchState[] {
    return this.#all().flatMap(({ kind, listWatch: { parts } }) =>
      parts.map(({ namespace, listWatch: { available, isSettled, trouble } }) => ({
        kind,
        namespace,
        available,
        isSettled,
        trouble,
      })),
    )
  }

  #all(): AnyWatched[] {
    return [this.#gates, this.#pods, this.#targets, ...this.#owned, this.#services, ...this.#monitors]
  }

  /** The list-watches of all kinds; `scope`: those of that one. */
  #parts(scope?: string): AnyPart[] {
    const parts = this.#all().flatMap(({ listWatch }) => listWatch.parts)
    return scope === undefined ? parts : parts.filter(({ namespace }) => namespace === scope)
  }

  #isKnown(namespace: string): boolean {
    const scope = this.#scopes.includes(ALL_NAMESPACES) ? ALL_NAMESPACES : namespace
    return this.#scopes.includes(scope) && isKnown(this.#parts(scope).map(({ listWatch }) => listWatch))
  }

  /**
   * Watches all objects of a kind, those of gates among them. A second watch for those would save nothing: the API server looks at
   * every object for a watch with a selector, too, and encodes the same bytes once for all watches of whole objects.
   */
  #watchShared<T>(
    kind: Kind,
    readFacts: (object: unknown) => T,
    onChange: (change: Change<Shared<T>>) => void,
  ): Watched<Shared<T>> {
    const read = (object: unknown): Shared<T> => readShared(object, readFacts)
    return this.#watch(kind, {}, read, change => {
      const owned = ownedChange(change)
      if (owned !== undefined) this.#options.listener.ownedChanged(kind, owned)
      onChange(change)
    })
  }

  #watch<T extends Stored>(
    kind: Kind,
    selection: Selection,
    read: ReadObject<T>,
    onChange: (change: Change<T>) => void,
  ): Watched<T> {
    const listWatch = new ScopedListWatch<T>(this.#scopes, namespace =>
      this.#listWatch(kind, namespace, selection, { read, onChange }),
    )
    return { kind, listWatch }
  }

  #listWatch<T extends Stored>(
    kind: Kind,
    namespace: string,
    selection: Selection,
    { read, onChange }: { read: ReadObject<T>; onChange: (change: Change<T>) => void },
  ): ListWatch<T> {
    const { client, clock, random, listener, absentMsMax } = this.#options
    const logger = this.#options.logger.child({
      kind: kind.kind,
      ...(namespace !== ALL_NAMESPACES && { namespace }),
    })
    const listWatch: ListWatch<T> = new ListWatch<T>({
      collection: new Collection({ client, path: collectionPath(kind, namespace), random, ...selection }),
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
          listener.restarted(kind, reason)
          // The same trouble once more is no news.
          const isNews = reason === 'failed' && listWatch.trouble?.message !== error.message
          logger[isNews ? 'warn' : 'debug'](
            { reason, code: error.code, retryMs: Math.round(retryMs) },
            error.message,
          )
        },
        onError: error => {
          listener.failed(kind)
          logger.error({ err: error }, 'an object could not be handled')
        },
      },
    })
    return listWatch
  }
}

/** Is the monitor, or was it, not a gate's own? */
function concernsForeign(change: Change<WatchedMonitor>): boolean {
  return !change.object.facts.ofGate || (change.type === 'updated' && !change.before.facts.ofGate)
}

function validOnes(gates: Iterable<WatchedGate>): MetricGate[] {
  return [...gates].flatMap(({ validation }) => (validation.valid ? [validation.gate] : []))
}
