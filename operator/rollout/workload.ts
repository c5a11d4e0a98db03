import type { V1Pod } from '@kubernetes/client-node'
import * as z from 'zod'
import { RESTARTED_ANNOTATION, ROLLOUT_FIELD_MANAGER } from '../api/labels.ts'
import type { Owner } from '../controller/watched.ts'
import type { Kind } from '../kubernetes/kinds.ts'
import { DEPLOYMENT } from '../resources/render.ts'
import { podSchema } from '../webhook/pod-schema.ts'

/** What makes the pods of a Deployment, and is restarted by way of that. */
export const REPLICA_SET: Kind = { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' }

/** The kinds that make all their pods anew when their pod template changes. */
const RESTARTABLE_KINDS: readonly Kind[] = [
  DEPLOYMENT,
  { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets' },
]

/** Which workload is meant. */
export interface WorkloadRef {
  readonly kind: Kind
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** What of a workload decides whether it is restarted. */
export interface Restartable {
  readonly resourceVersion: string
  /** `rolloutTarget` of the last restart. */
  readonly restartedFor: string | undefined
  /** When that was, RFC 3339; undefined: the API server has noted nothing of it, or somebody else has taken the annotation over. */
  readonly restartedAt: string | undefined
  /** Why a changed template would not make all pods anew; a sentence's end: "is paused". */
  readonly hindrance: string | undefined
  /** Not all of its pods are of its present template and available. */
  readonly rolling: boolean
  /** A pod as it would be made. */
  readonly template: V1Pod
}

/** Is it what this kind's pods or ReplicaSets name as their owner? */
export function isOfKind({ apiVersion, kind }: Owner, of: Kind): boolean {
  return kind === of.kind && apiVersion === of.apiVersion
}

/** The workload that the owner is, if it is of a kind that can be restarted. */
export function restartableRef(owner: Owner, namespace: string): WorkloadRef | undefined {
  const kind = RESTARTABLE_KINDS.find(candidate => isOfKind(owner, candidate))
  return kind && { kind, namespace, name: owner.name, uid: owner.uid }
}

/** For people: "Deployment shop". */
export function workloadName({ kind, name }: WorkloadRef): string {
  return `${kind.kind} ${name}`
}

const count = z.int().default(0)
const workloadSchema = z.object({
  kind: z.string(),
  metadata: z.object({
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: count,
    managedFields: z
      .array(z.object({ manager: z.string().default(''), time: z.string().optional() }))
      .default([]),
  }),
  spec: z.object({
    replicas: z.int().default(1),
    paused: z.boolean().default(false),
    /** Of StatefulSet and DaemonSet. */
    updateStrategy: z
      .object({
        type: z.string().default('RollingUpdate'),
        rollingUpdate: z.object({ partition: count }).prefault({}),
      })
      .prefault({}),
    /** Checked as the webhook checks a pod, and kept as it came. */
    template: z.custom<V1Pod>(template => podSchema.safeParse(template).success, 'not a pod template'),
  }),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
    })
    .prefault({}),
})
type Workload = z.output<typeof workloadSchema>

/** Reads a Deployment, StatefulSet or DaemonSet (`apps/v1`). Throws ZodError. */
export function readRestartable(object: unknown): Restartable & { readonly uid: string } {
  const workload = workloadSchema.parse(object)
  const { metadata, spec } = workload
  const template = {
    ...spec.template,
    metadata: { ...spec.template.metadata, namespace: metadata.namespace },
  }
  return {
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    restartedFor: template.metadata?.annotations?.[RESTARTED_ANNOTATION],
    restartedAt: metadata.managedFields.find(({ manager }) => manager === ROLLOUT_FIELD_MANAGER)?.time,
    hindrance: hindranceOf(spec),
    rolling: isRolling(workload),
    template,
  }
}

function hindranceOf({ paused, updateStrategy }: Workload['spec']): string | undefined {
  if (paused) return 'is paused'
  if (updateStrategy.type !== 'RollingUpdate') return `has the update strategy ${updateStrategy.type}`
  const { partition } = updateStrategy.rollingUpdate
  return partition > 0 ? `updates only its pods from number ${partition} on (partition)` : undefined
}

/** As `kubectl rollout status` waits (k8s.io/kubectl, pkg/polymorphichelpers/rollout_status.go). */
function isRolling({ kind, metadata, spec, status }: Workload): boolean {
  if (status.observedGeneration < metadata.generation) return true
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled, updatedNumberScheduled, numberAvailable } = status
    return updatedNumberScheduled < desiredNumberScheduled || numberAvailable < desiredNumberScheduled
  }
  const { replicas, updatedReplicas, availableReplicas } = status
  return updatedReplicas < spec.replicas || replicas > updatedReplicas || availableReplicas < updatedReplicas
}
