import { isDeepStrictEqual } from 'node:util'
import { gatesOfPod } from '../direct-scrape/pods.ts'
import type { Kind } from '../kubernetes/kinds.ts'
import type { RestartReason } from '../kubernetes/list-watch.ts'
import type { Change } from '../kubernetes/store.ts'
import { ClusterWatch } from './cluster-watch.ts'
import { STUCK_MS } from './limits.ts'
import { namespacesOfMonitor, namespacesOfService } from './scrape-changes.ts'
import { Term, type TermObserver, type TermOptions } from './term.ts'
import { reportOn, type WatchReport } from './watch-report.ts'
import type { OwnedObject, TargetSlice, WatchedGate, WatchedPod } from './watched.ts'

/** Told of what the controller does, to be counted. */
export interface ControllerObserver extends TermObserver {
  readonly watchRestarted: (kind: Kind, reason: RestartReason) => void
  readonly handlerFailed: (kind: Kind) => void
}

/** What the controller works with. */
export interface ControllerOptions extends TermOptions {
  /** The namespaces to watch; none: all of them. */
  readonly watchNamespaces: readonly string[]
  readonly observer: ControllerObserver
  /** Gates came, went, or ask for something else. */
  readonly onGatesChanged?: () => void
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
}

/** Watches gates and what concerns them and, while it leads, reconciles each gate that something has happened to. */
export class Controller {
  /** What is known of the cluster. */
  readonly cluster: ClusterWatch
  readonly #options: ControllerOptions
  #leads = false
  /** The present term, while it leads. */
  #term: Term | undefined
  /** Resolves when nothing of earlier terms runs. */
  #drained: Promise<unknown> = Promise.resolve()
  #synced = false

  constructor(options: ControllerOptions) {
    const { client, clock, random, logger, observer, watchNamespaces, absentMsMax } = options
    this.#options = options
    this.cluster = new ClusterWatch({
      client,
      clock,
      random,
      logger,
      namespaces: watchNamespaces,
      ...(absentMsMax !== undefined && { absentMsMax }),
      listener: {
        gateChanged: change => this.#gateChanged(change),
        podChanged: change => this.#podChanged(change),
        targetsChanged: change => this.#targetsChanged(change),
        ownedChanged: (kind, change) => this.#ownedChanged(kind, change),
        serviceChanged: change => this.#scrapesChanged(view => namespacesOfService(change, view)),
        monitorChanged: change => this.#scrapesChanged(view => namespacesOfMonitor(change, view)),
        availabilityChanged: () => this.#reconcileAll(),
        restarted: observer.watchRestarted,
        failed: observer.handlerFailed,
      },
    })
  }

  /** Begins to watch; resolves when everything is known. */
  async start(): Promise<void> {
    await this.cluster.start()
    this.#synced = true
    this.#options.onGatesChanged?.()
    this.#reconcileAll()
  }

  /** This replica leads now: all gates are reconciled, as soon as nothing of an earlier term runs any more. */
  lead(): void {
    this.#leads = true
    void this.#drained.then(() => this.#beginTerm())
  }

  /** It leads no more: what waits is dropped. Resolves when nothing runs. */
  async follow(): Promise<void> {
    this.#leads = false
    const term = this.#term
    this.#term = undefined
    this.#drained = Promise.all([this.#drained, term?.stop()])
    await this.#drained
  }

  /** Ends the watches, and waits for reconciliations that run. */
  async stop(): Promise<void> {
    await Promise.all([this.cluster.stop(), this.follow()])
  }

  /** Gates that wait to be reconciled. */
  get queueDepth(): number {
    return this.#term?.queueDepth ?? 0
  }

  /** Why the controller does not do its work (yet), and what it does without; none when it does all of it. */
  report(): WatchReport {
    return reportOn(this.cluster.states())
  }

  /** Watches that have not even tried anything for longer than can be: only a restart helps. */
  stuckWatches(): string[] {
    const nowMs = this.#options.clock.monotonicMs()
    return this.cluster
      .health()
      .filter(({ lastActivityMs }) => nowMs - lastActivityMs > STUCK_MS)
      .map(({ kind }) => kind.plural)
  }

  #beginTerm(): void {
    if (!this.#leads || this.#term !== undefined) return
    this.#term = new Term(this.cluster, this.#options)
    this.#reconcileAll()
  }

  #gateChanged(change: Change<WatchedGate>): void {
    if (!this.#synced) return
    if (change.type === 'updated' && this.#term?.hasWrittenStatus(change.object)) return
    const key = keyOf(change.object)
    this.#term?.add(key)
    const { namespace, generation, uid } = change.object.metadata
    const before = change.type === 'updated' ? change.before.metadata : undefined
    // A gate that was deleted and made anew between two lists is another one.
    if (before?.generation === generation && before.uid === uid) return
    // Which pods another gate of the namespace has may depend on this one: "true" means the only gate, for example.
    const others = [...this.cluster.gatesIn(namespace)].map(keyOf).filter(other => other !== key)
    for (const other of others) this.#term?.addPaced(other)
    this.#options.onGatesChanged?.()
  }

  #podChanged(change: Change<WatchedPod>): void {
    if (!this.#synced) return
    const states = change.type === 'updated' ? [change.before, change.object] : [change.object]
    const [first, second] = states.map(({ metadata: { resourceVersion: _, ...facts } }) => facts)
    if (isDeepStrictEqual(first, second)) return
    const { namespace } = change.object.metadata
    const gates = this.cluster.gates(namespace)
    const names = new Set(states.flatMap(pod => [...gatesOfPod(pod, gates)]))
    for (const name of names) this.#term?.addPaced(`${namespace}/${name}`)
  }

  #targetsChanged(change: Change<TargetSlice>): void {
    if (!this.#synced) return
    const { object } = change
    if (change.type === 'updated' && isDeepStrictEqual(countsOf(change.before), countsOf(object))) return
    this.#term?.addPaced(`${object.metadata.namespace}/${object.metadata.gate}`)
  }

  #ownedChanged({ kind }: Kind, change: Change<OwnedObject>): void {
    const { type, object } = change
    if (!this.#synced) return
    const before = type === 'updated' ? change.before.workload : undefined
    const isNews =
      type === 'deleted' ||
      !this.#term?.hasApplied(kind, object) ||
      !isDeepStrictEqual(before, object.workload)
    if (isNews) this.#term?.add(`${object.metadata.namespace}/${object.metadata.gate}`)
  }

  #scrapesChanged(namespacesOf: (cluster: ClusterWatch) => readonly string[]): void {
    if (!this.#synced) return
    for (const namespace of namespacesOf(this.cluster)) {
      for (const gate of this.cluster.gatesIn(namespace)) this.#term?.addPaced(keyOf(gate))
    }
  }

  #reconcileAll(): void {
    if (!this.#synced) return
    for (const gate of this.cluster.allGates()) this.#term?.add(keyOf(gate))
  }
}

function countsOf({ resolved, ready }: TargetSlice): object {
  return { resolved, ready }
}

function keyOf({ metadata }: WatchedGate): string {
  return `${metadata.namespace}/${metadata.name}`
}
