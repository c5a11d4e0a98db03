import { looksInto, type MonitorFacts, readMonitorFacts } from '../direct-scrape/monitor.ts'
import { readServiceFacts } from '../direct-scrape/service.ts'
import type { Kind } from '../kubernetes/kinds.ts'
import type { Change } from '../kubernetes/store.ts'
import { type ClusterFacts, POD_MONITOR, SERVICE, SERVICE_MONITOR } from '../resources/render.ts'
import { type AnyKindWatch, type KindWatch, type KindWatchContext, watchKind } from './kind-watch.ts'
import { ownedChange, readShared, type Shared, type WatchedMonitor, type WatchedService } from './shared.ts'
import type { OwnedObject } from './watched.ts'

/** Told of changes of Services and monitors. */
export interface SharedListener {
  /** An object that belongs to a gate changes. */
  readonly ownedChanged: (kind: Kind, change: Change<OwnedObject>) => void
  /** A Service changes, whoever made it: one of a gate is told of by `ownedChanged` as well. */
  readonly serviceChanged: (change: Change<WatchedService>) => void
  /** The same of a ServiceMonitor or PodMonitor. */
  readonly monitorChanged: (change: Change<WatchedMonitor>) => void
}

/** The watches of kinds that gates have, and others too: Services and monitors. Theirs may scrape the pods of a gate. */
export class SharedWatches {
  readonly #services: KindWatch<WatchedService>
  readonly #monitors: readonly KindWatch<WatchedMonitor>[]
  /** The monitors that are not the gates' own, while they are known to be these. */
  #foreignMonitors: readonly MonitorFacts[] | undefined

  constructor(context: KindWatchContext, listener: SharedListener) {
    const { serviceChanged, monitorChanged, ownedChanged } = listener
    this.#services = watchShared(SERVICE, readServiceFacts, serviceChanged, { ...context, ownedChanged })
    this.#monitors = [SERVICE_MONITOR, POD_MONITOR].map(kind =>
      watchShared(
        kind,
        object => readMonitorFacts(kind.kind, object),
        change => {
          if (concernsForeign(change)) this.#foreignMonitors = undefined
          monitorChanged(change)
        },
        { ...context, ownedChanged },
      ),
    )
  }

  /** All of them. */
  get all(): AnyKindWatch[] {
    return [this.#services, ...this.#monitors]
  }

  /** Which of the kinds the cluster has. */
  get facts(): ClusterFacts {
    const has = (of: Kind): boolean =>
      this.#monitors.find(({ kind }) => kind === of)?.listWatch.available === true
    return { serviceMonitors: has(SERVICE_MONITOR), podMonitors: has(POD_MONITOR) }
  }

  /** The objects of each kind in the namespace that belong to gates. */
  owned(namespace: string): { readonly kind: Kind; readonly objects: readonly OwnedObject[] }[] {
    return [this.#services, ...this.#monitors].map(({ kind, listWatch }) => ({
      kind,
      objects: [...listWatch.store.in(namespace)].map(({ owned }) => owned).filter(it => it !== undefined),
    }))
  }

  /** All Services of the namespace. */
  services(namespace: string): Iterable<WatchedService> {
    return this.#services.listWatch.store.in(namespace)
  }

  /** The monitors that look into the namespace, without those of gates. */
  *monitors(namespace: string): Generator<MonitorFacts, void> {
    // Each gate has a monitor of its own: to look at all of them for each gate would take the square of their number.
    this.#foreignMonitors ??= this.#monitors
      .flatMap(({ listWatch }) => Array.from(listWatch.store.all(), ({ facts }) => facts))
      .filter(({ ofGate }) => !ofGate)
    for (const facts of this.#foreignMonitors) if (looksInto(facts, namespace)) yield facts
  }
}

/**
 * Watches all objects of a kind, those of gates among them. A second watch for those would save nothing: the API server looks at
 * every object for a watch with a selector, too, and encodes the same bytes once for all watches of whole objects.
 */
function watchShared<T>(
  kind: Kind,
  readFacts: (object: unknown) => T,
  onChange: (change: Change<Shared<T>>) => void,
  { ownedChanged, ...context }: KindWatchContext & Pick<SharedListener, 'ownedChanged'>,
): KindWatch<Shared<T>> {
  const subject = {
    read: (object: unknown) => readShared(object, readFacts),
    onChange: (change: Change<Shared<T>>) => {
      const owned = ownedChange(change)
      if (owned !== undefined) ownedChanged(kind, owned)
      onChange(change)
    },
  }
  return watchKind(kind, subject, context)
}

/** Is the monitor, or was it, not a gate's own? */
function concernsForeign(change: Change<WatchedMonitor>): boolean {
  return !change.object.facts.ofGate || (change.type === 'updated' && !change.before.facts.ofGate)
}
