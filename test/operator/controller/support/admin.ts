import {
  type KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
} from '@kubernetes/client-node'
import { unlessNotFound } from '../../../cluster/index.ts'

/** An object as the API server returns it, whatever its kind. */
export interface AnyObject extends KubernetesObject {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at all fields of all kinds
  [field: string]: any
}

/** Which object is meant. */
export interface ObjectRef {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** The cluster as its administrator sees and changes it, through client-node's own client. */
export class Admin {
  readonly #api: KubernetesObjectApi

  constructor(config: KubeConfig) {
    this.#api = KubernetesObjectApi.makeApiClient(config)
  }

  /** Server-side apply, as `kubectl apply --server-side`. */
  async apply(object: AnyObject, fieldManager = 'test'): Promise<AnyObject> {
    return await this.#api.patch(
      object,
      undefined,
      undefined,
      fieldManager,
      true,
      PatchStrategy.ServerSideApply,
    )
  }

  /** What would come of creating the object: it goes through admission, and is not kept. */
  async dryRun(object: AnyObject): Promise<AnyObject> {
    return await this.#api.create(object, undefined, 'All')
  }

  /** A merge patch, as `kubectl patch --type=merge`. */
  async merge(ref: ObjectRef, change: AnyObject): Promise<void> {
    const { metadata, ...rest } = change
    const object = { ...headerOf(ref), ...rest, metadata: { ...headerOf(ref).metadata, ...metadata } }
    await this.#api.patch(object, undefined, undefined, 'test', undefined, PatchStrategy.MergePatch)
  }

  /** Undefined when there is none. */
  get(ref: ObjectRef): Promise<AnyObject | undefined> {
    return unlessNotFound(
      this.#api.read<AnyObject & { metadata: { name: string; namespace: string } }>(headerOf(ref)),
    )
  }

  /** Throws when there is none. */
  async expect(ref: ObjectRef): Promise<AnyObject> {
    const found = await this.get(ref)
    if (found === undefined) throw new Error(`there is no ${ref.kind} ${ref.namespace}/${ref.name}`)
    return found
  }

  /** The objects of one kind in a namespace, those that `labelSelector` chooses. */
  async list(kind: Omit<ObjectRef, 'name'>, labelSelector?: string): Promise<AnyObject[]> {
    const { items } = await this.#api.list<AnyObject>(
      kind.apiVersion,
      kind.kind,
      kind.namespace,
      undefined,
      undefined,
      undefined,
      undefined,
      labelSelector,
    )
    return items
  }

  async delete(ref: ObjectRef, propagation = 'Background'): Promise<void> {
    await unlessNotFound(
      this.#api.delete(headerOf(ref), undefined, undefined, undefined, undefined, propagation),
    )
  }
}

function headerOf({ apiVersion, kind, namespace, name }: ObjectRef) {
  return { apiVersion, kind, metadata: { name, namespace: namespace ?? '' } }
}
