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

/** Time to read a namespace's gates from the API server; well below the above, so that the pod still gets its sidecar. */
export const LIST_MS_MAX = 2_000

/** How often the certificates are looked at: their age, and whether another replica has renewed them. */
export const CERTIFICATES_CHECK_MS = 60 * 60 * 1000

/** A changed configuration is repaired after this long, so that two who disagree do not write without pause. */
export const REPAIR_MS = 1_000

/** Failures of the above. */
export const REGISTRATION_BACKOFF = { baseMs: 200, maxMs: 30_000 }
