/** Every bound of restarting workloads, in one place. */

/**
 * Nothing is restarted before the webhook and what the gate injects have been unchanged for this long: every API server and
 * every replica of the operator must know of it, and an edit seldom comes alone.
 */
export const SETTLE_MS = 30_000

/** Workloads that roll at the same time because of us, over all gates; a gate has one. */
export const ROLLING_MAX = 3

/** A workload that has not finished rolling after this long hangs: a person is told, and it no longer counts among `ROLLING_MAX`. */
export const ROLLING_MS_MAX = 600_000

/** How often a workload that rolls is looked at, beside whenever a pod of its gate changes. */
export const ROLLING_POLL_MS = 5_000

/** Workloads that roll for reasons of their own are looked at again after this long, if the gate's pods do not change before. */
export const WAITING_POLL_MS = 15_000

/** What could not be restarted is looked at again after this long, if its pods do not change before. */
export const BLOCKED_POLL_MS = 60_000
