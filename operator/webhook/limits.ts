import type { Lifetimes } from './certificates/lifetimes.ts'

/** Every bound of the webhook, in one place. */

/** The API server accepts objects of up to 3 MiB; a review wraps one. */
export const BODY_BYTES_MAX = 4 * 1024 * 1024

/** `timeoutSeconds` of the configuration: how long a pod waits for an answer at most. */
export const ADMISSION_SECONDS_MAX = 5

/**
 * Idle connections stay open for longer than the API server keeps them (90 s, Go's default): it must be the one that
 * closes, or a pod that comes in that moment would be let in without its sidecar.
 */
export const KEEP_ALIVE_MS = 120_000

/**
 * A connection is closed after so many requests: the API server keeps to the replica that it once found, and would call the others only
 * when that ends.
 */
export const REQUESTS_PER_CONNECTION_MAX = 1_000

/** Time to read a namespace's gates from the API server; well below the above, so that the pod still gets its sidecar. */
export const LIST_MS_MAX = 2_000

const DAY_MS = 24 * 60 * 60 * 1000

/** Of the certificates that the operator makes. */
export const CERTIFICATE_LIFETIMES: Lifetimes = {
  authorityMs: 730 * DAY_MS,
  certificateMs: 90 * DAY_MS,
  backdatedMs: 60 * 60 * 1000,
  renewalPart: 2 / 3,
  graceMs: 60_000,
  checkMs: 60_000,
}

/** Authorities in the bundle; two are usual, more are left behind by somebody who deletes the Secret again and again. */
export const AUTHORITIES_MAX = 16

/**
 * Entries of the configuration for gates with `injection: Selector`. Each repeats the authorities, and etcd takes objects of up to 1.5 MiB;
 * beyond this one entry is for all of them.
 */
export const SELECTOR_ENTRIES_MAX = 128

/** A changed configuration is repaired after this long, so that two who disagree do not write without pause. */
export const REPAIR_MS = 1_000

/** Failures of the above. */
export const REGISTRATION_BACKOFF = { baseMs: 200, maxMs: 30_000 }

/** Kubernetes kills a pod 30 s after it was told to end. */
export const DRAIN_SECONDS_MAX = 15
