import { FIELD_MANAGER, GATE_LABEL, TARGETS_LABEL } from '../api/labels.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import type { MonitorFacts } from '../direct-scrape/monitor.ts'
import { ALL_NAMESPACES, ENDPOINT_SLICE, type Kind, METRIC_GATE, POD } from '../kubernetes/kinds.ts'
import type { Change } from '../kubernetes/store.ts'
import { type ClusterFacts, DEPLOYMENT, RENDERED_KINDS } from '../resources/render.ts'
import {
  type AnyKindWatch,
  type AnyPart,
  healthOf,
  type KindListener,
  type KindWatch,
  type KindWatchContext,
  statesOf,
  type WatchHealth,
  watchKind,
} from './kind-watch.ts'
import type { OwnedByKind } from './plan.ts'
import type { ClusterView } from './reconcile-context.ts'
import type { WatchedService } from './shared.ts'
import { type SharedListener, SharedWatches } from './shared-watches.ts'
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

/** Every kind that is watched, of those that the cluster has. */
export const WATCHED_KINDS: readonly Kind[] = [METRIC_GATE, POD, ENDPOINT_SLICE, ...RENDERED_KINDS]

/** Told of what changes in the cluster, and of how watching goes. */
export interface ClusterListener extends KindListener, SharedListener {
  readonly gateChanged: (change: Change<WatchedGate>) => void
  readonly podChanged: (change: Change<WatchedPod>) => void
  /** Targets that an aggregator finds. */
  readonly targetsChanged: (change: Change<TargetSlice>) => void
}

/** What the watches work with. */
export interface ClusterWatchOptions extends Omit<KindWatchContext, 'scopes'> {
  readonly listener: ClusterListener
  /** The namespaces to watch; none: all of them. */
  readonly namespaces: readonly string[]
}

/**
 * The part of the cluster that gates are about, kept up to date: gates, pods (metadata only), and what gates own. The gates of a
 * namespace do not show before all of that namespace is known: half of the picture must not be acted upon.
 */
export class ClusterWatch implements ClusterView {
  readonly #scopes: readonly string[]
  readonly #gates: KindWatch<WatchedGate>
  readonly #pods: KindWatch<WatchedPod>
  readonly #targets: KindWatch<TargetSlice>
  /** Of kinds of which only those of gates matter. */
  readonly #owned: readonly KindWatch<OwnedObject>[]
  /** Of kinds of which those of others matter, too. */
  readonly #shared: SharedWatches
  /** Of all namespaces, while they are known to be these. */
  #validGates: readonly MetricGate[] | undefined

  constructor({ namespaces, listener, ...options }: ClusterWatchOptions) {
    this.#scopes = namespaces.length === 0 ? [ALL_NAMESPACES] : [...new Set(namespaces)]
    const context = { ...options, listener, scopes: this.#scopes }
    const gateChanged = (change: Change<WatchedGate>): void => {
      if (change.type !== 'updated' || change.before.validation !== change.object.validation)
        this.#validGates = undefined
      listener.gateChanged(change)
    }
    this.#gates = watchKind(METRIC_GATE, { read: readGate, onChange: gateChanged }, context)
    const pods = {
      metadataOnly: true,
      // Pods that have ended are nobody's to scrape; one that ends leaves the watch as if it were deleted.
      fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
      read: readPod,
      onChange: listener.podChanged,
    }
    this.#pods = watchKind(POD, pods, context)
    // Kubernetes copies the labels of a Service to its slices.
    const targets = { labelSelector: TARGETS_LABEL, read: readTargets, onChange: listener.targetsChanged }
    this.#targets = watchKind(ENDPOINT_SLICE, targets, context)
    this.#shared = new SharedWatches(context, listener)
    const sharedKinds: readonly Kind[] = this.#shared.all.map(({ kind }) => kind)
    this.#owned = RENDERED_KINDS.filter(kind => !sharedKinds.includes(kind)).map(kind => {
      const subject = {
        labelSelector: `app.kubernetes.io/managed-by=${FIELD_MANAGER},${GATE_LABEL}`,
        // Of a Deployment, how it is doing is needed, too.
        metadataOnly: kind !== DEPLOYMENT,
        read: kind === DEPLOYMENT ? readDeployment : readOwned,
        onChange: (change: Change<OwnedObject>) => listener.ownedChanged(kind, change),
      }
      return watchKind(kind, subject, context)
    })
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
    return this.#shared.facts
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
    return new Map(
      [...owned, ...this.#shared.owned(namespace)].map(({ kind, objects }) => [
        kind.kind,
        objects.filter(({ metadata }) => metadata.gate === gateName),
      ]),
    )
  }

  services(namespace: string): Iterable<WatchedService> {
    return this.#shared.services(namespace)
  }

  monitors(namespace: string): Iterable<MonitorFacts> {
    return this.#shared.monitors(namespace)
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
    return this.#all().map(healthOf)
  }

  /** How each of them is doing in each namespace. */
  states(): WatchState[] {
    return this.#all().flatMap(statesOf)
  }

  #all(): AnyKindWatch[] {
    return [this.#gates, this.#pods, this.#targets, ...this.#owned, ...this.#shared.all]
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
}

function validOnes(gates: Iterable<WatchedGate>): MetricGate[] {
  return [...gates].flatMap(({ validation }) => (validation.valid ? [validation.gate] : []))
}
