import * as z from 'zod'
import { GATE_LABEL, INJECT_ANNOTATION, INJECTED_ANNOTATION } from '../api/labels.ts'
import type { MetricGateStatus } from '../api/metricgate.ts'
import { metricGateStatusSchema } from '../api/status.ts'
import { type Validation, validateGate } from '../api/validate.ts'
import type { Stored } from './store.ts'

/** Marks the object of a static pod (`kubernetes.io/config.mirror`); no webhook can change such a pod. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'
const POD_ANNOTATIONS: readonly string[] = [INJECT_ANNOTATION, INJECTED_ANNOTATION, MIRROR_ANNOTATION]

const stringMap = z.record(z.string(), z.string()).default({})
const identity = { name: z.string(), namespace: z.string(), uid: z.string(), resourceVersion: z.string() }

const gateSchema = z.object({
  metadata: z.object({
    ...identity,
    generation: z.int().default(0),
    deletionTimestamp: z.string().optional(),
  }),
  // A status that somebody else has spoilt is none: ours is written over it.
  status: metricGateStatusSchema.catch({}).default({}),
})

const ownedSchema = z.object({
  metadata: z.object({
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
  }
}

/** Of a pod what decides to which gate it belongs, and whether it has its sidecar. */
export interface WatchedPod extends Stored {
  readonly metadata: Stored['metadata'] & {
    readonly labels: Readonly<Record<string, string>>
    /** Those that matter here. */
    readonly annotations: Readonly<Record<string, string>>
    readonly deleting: boolean
  }
}

/** Throws ZodError. */
export function readGate(object: unknown): WatchedGate {
  return { ...gateSchema.parse(object), validation: validateGate(object) }
}

/** Throws ZodError. */
export function readOwned(object: unknown): OwnedObject {
  const { labels, ownerReferences, ...metadata } = ownedSchema.parse(object).metadata
  const ownerUids = ownerReferences.map(({ uid }) => uid)
  return { metadata: { ...metadata, gate: labels[GATE_LABEL] ?? '', ownerUids } }
}

/** Throws ZodError. */
export function readPod(object: unknown): WatchedPod {
  const { name, namespace, resourceVersion, labels, annotations, deletionTimestamp } =
    podSchema.parse(object).metadata
  const kept = Object.fromEntries(
    Object.entries(annotations).filter(([key]) => POD_ANNOTATIONS.includes(key)),
  )
  const deleting = deletionTimestamp !== undefined
  return { metadata: { name, namespace, resourceVersion, labels, annotations: kept, deleting } }
}
