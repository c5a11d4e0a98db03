import * as z from 'zod'
import { LEASE_NAME, LEASE_SECONDS_MAX } from './limits.ts'

const API_VERSION = 'coordination.k8s.io/v1'

const leaseSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }),
  spec: z
    .looseObject({
      holderIdentity: z.string().nullish(),
      leaseDurationSeconds: z.number().nullish(),
      leaseTransitions: z.number().nullish(),
    })
    .nullish(),
})

/** A Lease (`coordination.k8s.io/v1`) as the API server holds it. */
export interface Lease {
  readonly resourceVersion: string
  /** Empty: it is free. */
  readonly holder: string
  /** How long its holder is left alone after each renewal. */
  readonly durationMs: number
  /** Times that another one took it. */
  readonly transitions: number
  /** All of it: labels and annotations are not ours to take away. */
  readonly object: z.output<typeof leaseSchema>
}

/** Reads a Lease, also one that a person or another program has written. Throws ZodError. */
export function readLease(object: unknown): Lease {
  const lease = leaseSchema.parse(object)
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = lease.spec ?? {}
  return {
    resourceVersion: lease.metadata.resourceVersion,
    holder: holderIdentity ?? '',
    durationMs: Math.min(leaseDurationSeconds ?? 0, LEASE_SECONDS_MAX) * 1000,
    transitions: leaseTransitions ?? 0,
    object: lease,
  }
}

/** Who takes or keeps a lease, for how long, and when that is by its own clock: people read that, no candidate does. */
export interface Claim {
  readonly identity: string
  readonly leaseSeconds: number
  readonly now: Date
}

/** A new Lease that is held from the start; where it is, its store knows. */
export function createdLease({ identity, leaseSeconds, now }: Claim): object {
  return {
    apiVersion: API_VERSION,
    kind: 'Lease',
    metadata: { name: LEASE_NAME, labels: { 'app.kubernetes.io/name': 'metricgate' } },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: microTime(now),
      renewTime: microTime(now),
      leaseTransitions: 0,
    },
  }
}

/** The Lease when another candidate takes it. */
export function acquiredLease(lease: Lease, { identity, leaseSeconds, now }: Claim): object {
  return withSpec(lease, {
    holderIdentity: identity,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: microTime(now),
    renewTime: microTime(now),
    leaseTransitions: lease.transitions + 1,
  })
}

/** The Lease when its holder keeps it. */
export function renewedLease(lease: Lease, { leaseSeconds, now }: Claim): object {
  return withSpec(lease, { leaseDurationSeconds: leaseSeconds, renewTime: microTime(now) })
}

/** The Lease when its holder gives it up; anyone may take it at once (client-go, ReleaseOnCancel). */
export function releasedLease(lease: Lease, now: Date): object {
  return withSpec(lease, {
    holderIdentity: '',
    // Zero is not allowed.
    leaseDurationSeconds: 1,
    renewTime: microTime(now),
  })
}

/** Its resourceVersion stays: the API server takes it only if it is still the same. */
function withSpec({ object }: Lease, spec: object): object {
  return { ...object, spec: { ...object.spec, ...spec } }
}

/** `metav1.MicroTime`. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z')
}
