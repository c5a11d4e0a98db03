/** What a store needs to know of an object. */
export interface Stored {
  readonly metadata: {
    readonly name: string
    /** '' for cluster-scoped objects. */
    readonly namespace: string
    readonly resourceVersion: string
  }
}

/** What happened to one object, as the API server told it. */
export type Change<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly before: T }
  | { readonly type: 'deleted'; readonly object: T }

/** The last known state of the objects of one kind, by namespace and name. */
export class Store<T extends Stored> {
  #namespaces = new Map<string, Map<string, T>>()

  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name)
  }

  /** The objects of one namespace. */
  *in(namespace: string): Generator<T, void> {
    yield* this.#namespaces.get(namespace)?.values() ?? []
  }

  /** All objects. */
  *all(): Generator<T, void> {
    for (const objects of this.#namespaces.values()) yield* objects.values()
  }

  get size(): number {
    let size = 0
    for (const objects of this.#namespaces.values()) size += objects.size
    return size
  }

  /** Puts the object in and says what that changed: nothing if this version of it is there already. */
  set(object: T): Change<T> | undefined {
    const { namespace, name } = object.metadata
    const before = this.get(namespace, name)
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return undefined
    let objects = this.#namespaces.get(namespace)
    if (objects === undefined) {
      objects = new Map()
      this.#namespaces.set(namespace, objects)
    }
    objects.set(name, object)
    return before === undefined ? { type: 'added', object } : { type: 'updated', object, before }
  }

  /** Takes the object out and says what that changed. The change carries the given state, the object's last. */
  delete(object: T): Change<T> | undefined {
    const { namespace, name } = object.metadata
    const objects = this.#namespaces.get(namespace)
    if (objects?.delete(name) !== true) return undefined
    if (objects.size === 0) this.#namespaces.delete(namespace)
    return { type: 'deleted', object }
  }

  /** Makes the store hold exactly these objects, and says what that changed. */
  replace(objects: readonly T[]): Change<T>[] {
    const present = new Set(objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`))
    const gone = [...this.all()].filter(
      ({ metadata }) => !present.has(`${metadata.namespace}/${metadata.name}`),
    )
    const deletions = gone.map(object => this.delete(object))
    return [...deletions, ...objects.map(object => this.set(object))].filter(change => change !== undefined)
  }
}
