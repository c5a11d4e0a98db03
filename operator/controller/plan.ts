import type { KubernetesObject } from '@kubernetes/client-node'
import type { FieldError } from '../api/field-error.ts'
import { aggregatorName, objectName } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { Kind } from '../kubernetes/kinds.ts'
import { RENDERED_KINDS, renderGate, type Surroundings } from '../resources/render.ts'
import { everyShardServes, servingReplicas, workloadsOf } from './aggregator-state.ts'
import type { AppliedVersions } from './applied.ts'
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

/** What a gate needs done. An invalid gate needs nothing: what it had last stays. */
export type Plan =
  | { readonly kind: 'invalid'; readonly errors: readonly FieldError[] }
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
  surroundings: Omit<Surroundings, 'serving'>,
  owned: OwnedByKind,
  applied: AppliedVersions,
): Plan {
  if (!validation.valid) return { kind: 'invalid', errors: validation.errors }
  const { gate } = validation
  const gateKey = `${metadata.namespace}/${metadata.name}`
  const workloads = workloadsOf(owned.get('Deployment') ?? [])
  const serving = servingReplicas(gate, workloads, shard => servedBy(gate, shard, owned))
  const wanted = renderGate(gate, { ...surroundings, serving })
  const apply = wanted
    .filter(object => !applied.isCurrent(gateKey, object, findOwned(owned, object)))
    .map(object => ({ kind: kindOf(object), object }))
  const remove = unwanted(metadata.uid, wanted, owned)
  // Prometheus reads the sidecars until the aggregator that takes their place can be read.
  const waits = gate.spec.mode === 'DNS' && !everyShardServes(gate, workloads)
  return { kind: 'wanted', gate, wanted, apply, remove: waits ? remove.filter(isNotOfSidecars) : remove }
}

function isNotOfSidecars({ object: { metadata } }: Deletion): boolean {
  return metadata.name !== objectName(metadata.gate)
}

/** The replica to which the Service of the shard leads now. */
function servedBy({ metadata }: MetricGate, shard: number, owned: OwnedByKind): number | undefined {
  const name = aggregatorName(metadata.name, shard)
  return owned.get('Service')?.find(service => service.metadata.name === name)?.serving
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
