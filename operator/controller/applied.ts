import { createHash } from 'node:crypto'
import type { KubernetesObject } from '@kubernetes/client-node'
import type { OwnedObject } from './watched.ts'

interface Applied {
  /** Hash of what was applied. */
  readonly hash: string
  /** What the API server made of it: `versionOf`. */
  readonly version: string
}

/**
 * Remembers what was applied and which version of our fields came of it. An object that still has that version is as we left it,
 * so applying the same again would change nothing and is not even sent; any other version means that somebody changed it, or that
 * we have not been told of our own change yet. This needs no comparison of fields, hence no knowledge of defaults, and no more
 * than the object's metadata.
 */
export class AppliedVersions {
  /** By gate (namespace/name), then by kind and name of the object. */
  readonly #gates = new Map<string, Map<string, Applied>>()

  /** Is the object in the cluster (`stored`) what applying `desired` for the gate would make of it? */
  isCurrent(gateKey: string, desired: KubernetesObject, stored: OwnedObject | undefined): boolean {
    const applied = this.#gates.get(gateKey)?.get(`${desired.kind}/${desired.metadata?.name}`)
    return (
      stored !== undefined && applied?.version === stored.metadata.version && applied.hash === hashOf(desired)
    )
  }

  /** Is this version of the object the one that we made? Then its change is no news. */
  isOurs(kind: string, { metadata }: OwnedObject): boolean {
    const applied = this.#gates.get(`${metadata.namespace}/${metadata.gate}`)?.get(`${kind}/${metadata.name}`)
    return applied?.version === metadata.version
  }

  /** `version` is what the API server answered when `desired` was applied for the gate. */
  remember(gateKey: string, desired: KubernetesObject, version: string): void {
    let objects = this.#gates.get(gateKey)
    if (objects === undefined) {
      objects = new Map()
      this.#gates.set(gateKey, objects)
    }
    objects.set(`${desired.kind}/${desired.metadata?.name}`, { hash: hashOf(desired), version })
  }

  /** The gate is gone. */
  forget(gateKey: string): void {
    this.#gates.delete(gateKey)
  }
}

function hashOf(object: KubernetesObject): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('base64')
}
