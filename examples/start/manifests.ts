import { readFile } from 'node:fs/promises'
import { type KubernetesObject, type KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node'
import { parseAllDocuments } from 'yaml'
import { unlessNotFound } from '../../test/cluster/index.ts'

const FIELD_MANAGER = 'metricgate-example'

/** The objects of a YAML file, in its order. Throws what is wrong with the file. */
export async function readManifests(file: string): Promise<KubernetesObject[]> {
  const documents = parseAllDocuments(await readFile(file, 'utf8'))
  return documents.map(document => {
    const error = document.errors[0]
    if (error !== undefined) throw new Error(`${file}: ${error.message}`)
    return document.toJS() as KubernetesObject
  })
}

/** What names an object, for a request that reads it. */
export function keyOf({ apiVersion = '', kind = '', metadata }: KubernetesObject) {
  return { apiVersion, kind, metadata: { name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' } }
}

/** Applies objects by server-side apply, and removes them again. */
export class Manifests {
  readonly #api: KubernetesObjectApi
  readonly #applied: KubernetesObject[] = []

  constructor(api: KubernetesObjectApi) {
    this.#api = api
  }

  /** Applies one object and returns what the API server made of it. Throws ApiException when that refuses it. */
  async apply<T extends KubernetesObject>(object: T): Promise<T> {
    const existed = await this.exists(object)
    const applied = await this.#api.patch(
      object,
      undefined,
      undefined,
      FIELD_MANAGER,
      true,
      PatchStrategy.ServerSideApply,
    )
    if (!existed) this.#applied.push(object)
    return applied as T
  }

  /** Is there an object of this kind and name? */
  async exists(object: KubernetesObject): Promise<boolean> {
    return (await unlessNotFound(this.#api.read(keyOf(object)))) !== undefined
  }

  /** Takes over an object that somebody else has made: it will be removed too. */
  adopt(object: KubernetesObject): void {
    this.#applied.push(object)
  }

  /** Deletes what was not there before it was applied, the last first. */
  async remove(): Promise<void> {
    for (const object of this.#applied.splice(0).reverse()) await unlessNotFound(this.#api.delete(object))
  }
}
