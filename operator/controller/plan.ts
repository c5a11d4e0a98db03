import type { KubernetesObject } from '@kubernetes/client-node'
import type { MetricGate } from '../api/metricgate.ts'
import type { FieldError } from '../api/validate.ts'
import { type ClusterFacts, RENDERED_KINDS, renderGate } from '../resources/render.ts'
import type { AppliedVersions } from './applied.ts'
import type { Kind } from './kinds.ts'
import type { OwnedObject, WatchedGate } from './watched.ts'

/** An object that is to be applied. */
export interface Application {
  readonly kind: Kind
  readonly object: KubernetesObject
}

/** An object that is to be deleted. */
export interface Deletion {
  readonly kind: Kind
  readonly object: OwnedObject
}

/** What a gate needs done. A gate that asks for what cannot be had needs nothing: what it had last stays. */
export type Plan =
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }
  | { readonly kind: 'modeNotAvailable'; readonly gate: MetricGate }
  | {
      readonly kind: 'wanted'
      readonly gate: MetricGate
      readonly wanted: readonly KubernetesObject[]
      readonly apply: readonly Application[]
      readonly remove: readonly Deletion[]
    }

/** Objects with the gate's label, by the name of their kind. */
export type OwnedByKind = ReadonlyMap<string, readonly OwnedObject[]>

/** Decides what to do for a gate, given what there is and what we know to have left as it is. */
export function planGate(
  { metadata, validation }: WatchedGate,
  facts: ClusterFacts,
  owned: OwnedByKind,
  applied: AppliedVersions,
): Plan {
  if (!validation.valid) return { kind: 'invalid', errors: validation.errors }
  const { gate } = validation
  if (gate.spec.mode !== 'Sidecar') return { kind: 'modeNotAvailable', gate }
  const gateKey = `${metadata.namespace}/${metadata.name}`
  const wanted = renderGate(gate, facts)
  const apply = wanted
    .filter(object => !applied.isCurrent(gateKey, object, findOwned(owned, object)))
    .map(object => ({ kind: kindOf(object), object }))
  return { kind: 'wanted', gate, wanted, apply, remove: unwanted(metadata.uid, wanted, owned) }
}

/** What the gate owns and does not want. Without the owner reference it is not the gate's, whatever its labels say. */
function unwanted(gateUid: string, wanted: readonly KubernetesObject[], owned: OwnedByKind): Deletion[] {
  const names = new Set(wanted.map(({ kind, metadata }) => `${kind}/${metadata?.name}`))
  return RENDERED_KINDS.flatMap(kind =>
    (owned.get(kind.kind) ?? [])
      .filter(
        ({ metadata }) => metadata.ownerUids.includes(gateUid) && !names.has(`${kind.kind}/${metadata.name}`),
      )
      .map(object => ({ kind, object })),
  )
}

function findOwned(owned: OwnedByKind, { kind = '', metadata }: KubernetesObject): OwnedObject | undefined {
  return owned.get(kind)?.find(object => object.metadata.name === metadata?.name)
}

function kindOf(object: KubernetesObject): Kind {
  const found = RENDERED_KINDS.find(
    ({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion,
  )
  if (found === undefined)
    throw new Error(`BUG: ${object.apiVersion} ${object.kind} is not among RENDERED_KINDS`)
  return found
}
