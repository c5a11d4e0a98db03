/** Every bound of the controller, in one place. */

/** Namespaces that are watched one by one: each costs a connection for each kind. */
export const WATCHED_NAMESPACES_MAX = 100

/** Failed reconciliations. */
export const RECONCILE_BACKOFF = { baseMs: 200, maxMs: 60_000 }

/** A gate that has changed while it was reconciled is looked at again after this long, if the watch does not tell of it before. */
export const OUTDATED_MS = 1_000

/** Gates reconciled at the same time. */
export const RECONCILE_CONCURRENCY = 4

/**
 * When gates are reconciled because of their pods, which change the counts of the status and little else. Each write of a status costs the
 * API server about 10 ms of CPU, while it admits those very pods.
 */
export const POD_CHANGES_PACE = { gatherMs: 1_000, restMs: 5_000, betweenMs: 50 }

/** A list-watch loop that has not even tried anything for this long is stuck: liveness fails. */
export const STUCK_MS = 600_000

/** Of the message of a condition, which is read by people; the API server takes 32768 characters. */
export const MESSAGE_LENGTH_MAX = 4096
