import { createHash } from 'node:crypto'
import * as z from 'zod'
import {
  FIELD_MANAGER,
  GATE_LABEL,
  INJECT_ANNOTATION,
  INJECTED_ANNOTATION,
  NOT_INJECTED_ANNOTATION,
  REPLICA_LABEL,
  RESTARTED_ANNOTATION,
  TARGETS_LABEL,
} from '../api/labels.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'
import { metricGateStatusSchema } from '../api/status.ts'
import { type Validation, validateGate } from '../api/validate.ts'
import { scrapeAnnotations } from '../direct-scrape/annotations.ts'
import type { Stored } from '../kubernetes/store.ts'
import { MIRROR_ANNOTATION } from '../webhook/pod-facts.ts'
import { readWorkload, type Workload } from './workload.ts'

/** The annotations of pods that matter here, beside those that ask for scrapes. */
const POD_ANNOTATIONS: readonly string[] = [
  INJECT_ANNOTATION,
  INJECTED_ANNOTATION,
  MIRROR_ANNOTATION,
  NOT_INJECTED_ANNOTATION,
  RESTARTED_ANNOTATION,
]

const stringMap = z.record(z.string(), z.string()).default({})
const identity = { name: z.string(), namespace: z.string(), uid: z.string(), resourceVersion: z.string() }

const ownerReferencesSchema = z
  .array(
    z.object({
      apiVersion: z.string(),
      kind: z.string(),
      name: z.string(),
      uid: z.string(),
      controller: z.boolean().default(false),
    }),
  )
  .default([])

/** What manages an object: the one of its owner references that says `controller: true`. */
export type Owner = Omit<z.output<typeof ownerReferencesSchema>[number], 'controller'>

const gateSchema = z.object({
  metadata: z.object({
    ...identity,
    generation: z.int().default(0),
    deletionTimestamp: z.string().optional(),
  }),
  // A status that somebody else has spoilt is none: ours is written over it.
  status: metricGateStatusSchema.catch({}).default({}),
})

const versionSchema = z.object({
  resourceVersion: z.string(),
  managedFields: z
    .array(
      z.object({
        manager: z.string().default(''),
        operation: z.string().default(''),
        subresource: z.string().default(''),
        time: z.string().default(''),
        fieldsV1: z.unknown(),
      }),
    )
    .default([]),
})

const ownedSchema = z.object({
  metadata: z.object({
    ...versionSchema.shape,
    ...identity,
    labels: stringMap,
    ownerReferences: z.array(z.object({ uid: z.string() })).default([]),
  }),
})

const podSchema = z.object({
  metadata: z.object({
    ...identity,
    labels: stringMap,
    annotations: stringMap,
    ownerReferences: ownerReferencesSchema,
    deletionTimestamp: z.string().optional(),
  }),
})

/** A MetricGate as it is stored, valid or not. */
export interface WatchedGate extends Stored {
  readonly metadata: z.output<typeof gateSchema>['metadata']
  readonly status: MetricGateStatus
  readonly validation: Validation
}

/** An object that belongs to a gate. */
export interface OwnedObject extends Stored {
  readonly metadata: Stored['metadata'] & {
    readonly uid: string
    /** The gate's name, by its label. */
    readonly gate: string
    readonly ownerUids: readonly string[]
    /** `versionOf`. */
    readonly version: string
  }
  /** Of an aggregator's Service: the replica to which it leads. */
  readonly serving?: number
  /** Of a Deployment. */
  readonly workload?: Workload
}

/** The endpoints of a Service by which an aggregator finds its targets, or a part of them. */
export interface TargetSlice extends Stored {
  readonly metadata: Stored['metadata'] & { readonly gate: string }
  /** Pods that the name of the Service resolves to. */
  readonly resolved: number
  /** Those that are ready. */
  readonly ready: number
}

/** Of a pod what decides to which gate it belongs, whether it has its sidecar, and what scrapes it. */
export interface WatchedPod extends Stored {
  readonly metadata: Stored['metadata'] & {
    readonly uid: string
    readonly labels: Readonly<Record<string, string>>
    /** Those that matter here. */
    readonly annotations: Readonly<Record<string, string>>
    readonly deleting: boolean
    /** Undefined: nothing makes the pod anew when it goes. */
    readonly owner?: Owner
  }
}

/**
 * `known` finds what is known of a gate: with the same spec it is not validated once more, which costs milliseconds. Throws
 * ZodError.
 */
export function readGate(
  object: unknown,
  known: (namespace: string, name: string) => WatchedGate | undefined = () => undefined,
): WatchedGate {
  const { metadata, status } = gateSchema.parse(object)
  const before = known(metadata.namespace, metadata.name)
  const isSame = before !== undefined && hasSameSpec(before.metadata, metadata)
  return { metadata, status, validation: isSame ? before.validation : validateGate(object) }
}

/** Each change of the spec, and the deletion, makes another generation: the status is a subresource (Kubernetes API conventions, "Metadata"). */
function hasSameSpec(before: WatchedGate['metadata'], after: WatchedGate['metadata']): boolean {
  return (
    before.uid === after.uid &&
    // 0: it is not told.
    after.generation > 0 &&
    before.generation === after.generation &&
    before.deletionTimestamp === after.deletionTimestamp
  )
}

/**
 * Tells whether the fields that we applied are as we left them: a digest of what the API server has noted of them for our
 * field manager. Whoever changes one of them takes it from us, while a controller that reports a status does not touch them
 * and only makes a new resource version. That one stands in where nothing is noted.
 */
export function versionOf({ resourceVersion, managedFields }: z.output<typeof versionSchema>): string {
  const ours = managedFields.find(
    ({ manager, operation, subresource }) =>
      manager === FIELD_MANAGER && operation === 'Apply' && subresource === '',
  )
  if (ours === undefined) return resourceVersion
  return createHash('sha256')
    .update(JSON.stringify([ours.time, ours.fieldsV1]))
    .digest('base64')
}

/** Throws ZodError. */
export function readOwned(object: unknown): OwnedObject {
  const { metadata } = ownedSchema.parse(object)
  const { labels, ownerReferences, managedFields: _, ...rest } = metadata
  const ownerUids = ownerReferences.map(({ uid }) => uid)
  const serving = labels[REPLICA_LABEL]
  return {
    metadata: { ...rest, gate: labels[GATE_LABEL] ?? '', ownerUids, version: versionOf(metadata) },
    ...(serving !== undefined && { serving: Number(serving) }),
  }
}

/** Throws ZodError. */
export function readDeployment(object: unknown): OwnedObject {
  return { ...readOwned(object), workload: readWorkload(object) }
}

const sliceSchema = z.object({
  metadata: z.object({ ...identity, labels: stringMap }),
  ports: z.array(z.unknown()).nullish(),
  endpoints: z
    .array(z.object({ conditions: z.object({ serving: z.boolean().nullish() }).nullish() }))
    .nullish(),
})

/** Reads an EndpointSlice (`discovery.k8s.io/v1`). Throws ZodError. */
export function readTargets(object: unknown): TargetSlice {
  const { metadata, ports, endpoints } = sliceSchema.parse(object)
  const { name, namespace, resourceVersion, labels } = metadata
  // Pods without the port that the Service names are in a slice without ports, and in no SRV record.
  const found = ports?.length ? (endpoints ?? []) : []
  return {
    metadata: { name, namespace, resourceVersion, gate: labels[TARGETS_LABEL] ?? '' },
    resolved: found.length,
    // `ready` is always true where not ready addresses are published; absent means yes.
    ready: found.filter(({ conditions }) => conditions?.serving !== false).length,
  }
}

const appliedSchema = z.object({ metadata: versionSchema })

/** What an answer to a server-side apply says of the object's version. Throws ZodError. */
export function readVersion(object: unknown): { readonly resourceVersion: string; readonly version: string } {
  const { metadata } = appliedSchema.parse(object)
  return { resourceVersion: metadata.resourceVersion, version: versionOf(metadata) }
}

/** Throws ZodError. */
export function readPod(object: unknown): WatchedPod {
  const { metadata } = podSchema.parse(object)
  const { name, namespace, uid, resourceVersion, labels, annotations, deletionTimestamp } = metadata
  const kept = Object.fromEntries(
    Object.entries(annotations).filter(([key]) => POD_ANNOTATIONS.includes(key)),
  )
  const deleting = deletionTimestamp !== undefined
  const owner = controllerOf(metadata)
  return {
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      labels,
      annotations: { ...kept, ...scrapeAnnotations(annotations) },
      deleting,
      ...(owner && { owner }),
    },
  }
}

const dependentSchema = z.object({ metadata: z.object({ ownerReferences: ownerReferencesSchema }) })

/** What manages the object. Throws ZodError. */
export function readOwner(object: unknown): Owner | undefined {
  return controllerOf(dependentSchema.parse(object).metadata)
}

function controllerOf({ ownerReferences }: z.output<typeof dependentSchema>['metadata']): Owner | undefined {
  const found = ownerReferences.find(({ controller }) => controller)
  if (found === undefined) return undefined
  const { controller: _, ...owner } = found
  return owner
}
