import { ALL_NAMESPACES } from './kinds.ts'
import type { ListWatch } from './list-watch.ts'
import type { Store, Stored } from './store.ts'

/** What can be read of a store. */
export type StoreView<T extends Stored> = Pick<Store<T>, 'get' | 'in' | 'all' | 'size'>

/** Which list-watch is meant, by what it is about. */
export interface Part<T extends Stored> {
  /** ALL_NAMESPACES, or the one. */
  readonly namespace: string
  readonly listWatch: ListWatch<T>
}

/** One kind in several namespaces, each with a list-watch of its own, that reads like a single one. */
export class ScopedListWatch<T extends Stored> {
  readonly parts: readonly Part<T>[]
  /** What all of them hold. */
  readonly store: StoreView<T>

  /** `namespaces`: ALL_NAMESPACES alone, or some of them, each once. */
  constructor(namespaces: readonly string[], listWatchOf: (namespace: string) => ListWatch<T>) {
    this.parts = namespaces.map(namespace => ({ namespace, listWatch: listWatchOf(namespace) }))
    this.store = new ScopedStore(this.parts)
  }

  /** Begins all of them; a second call does nothing. */
  start(): void {
    for (const { listWatch } of this.parts) listWatch.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.parts.map(({ listWatch }) => listWatch.stop()))
  }

  /** Is what each holds known, or refused to us? Then more is not to be had by waiting. */
  get isSettled(): boolean {
    return this.parts.every(({ listWatch }) => listWatch.isSettled)
  }

  /** Does the cluster have the kind? Undefined until it is known of any namespace. */
  get available(): boolean | undefined {
    const known = this.parts.map(({ listWatch }) => listWatch.available).filter(it => it !== undefined)
    return known.length === 0 ? undefined : known.includes(true)
  }

  /**
   * When the API server last said something about the namespace of which it has been silent for longest; in ms since the epoch. One that
   * is refused to us (it is gone, perhaps) does not count as silent, unless all are.
   */
  get lastProgressMs(): number {
    const heard = this.parts.filter(
      ({ listWatch: { isSettled, available } }) => !isSettled || available !== undefined,
    )
    const counted = heard.length === 0 ? this.parts : heard
    return Math.min(...counted.map(({ listWatch }) => listWatch.lastProgressMs))
  }

  /** When the loop that has been idle for longest last did or heard anything, by the clock's `monotonicMs`. */
  get lastActivityMs(): number {
    return Math.min(...this.parts.map(({ listWatch }) => listWatch.lastActivityMs))
  }
}

class ScopedStore<T extends Stored> implements StoreView<T> {
  readonly #stores: ReadonlyMap<string, Store<T>>

  constructor(parts: readonly Part<T>[]) {
    this.#stores = new Map(parts.map(({ namespace, listWatch }) => [namespace, listWatch.store]))
  }

  get(namespace: string, name: string): T | undefined {
    return this.#of(namespace)?.get(namespace, name)
  }

  *in(namespace: string): Generator<T, void> {
    yield* this.#of(namespace)?.in(namespace) ?? []
  }

  *all(): Generator<T, void> {
    for (const store of this.#stores.values()) yield* store.all()
  }

  get size(): number {
    return [...this.#stores.values()].reduce((sum, { size }) => sum + size, 0)
  }

  #of(namespace: string): Store<T> | undefined {
    return this.#stores.get(ALL_NAMESPACES) ?? this.#stores.get(namespace)
  }
}
