/** Every bound of the leader election, in one place. */

/** The Lease that the replicas contend for, in the operator's own namespace. */
export const LEASE_NAME = 'metricgate-operator'

/** Shorter than this, one slow answer of the API server would end a term. */
export const LEASE_SECONDS_MIN = 3

/** Longer than this is believed of no holder, whatever the Lease says: nobody could take over from one that has died. */
export const LEASE_SECONDS_MAX = 300

/**
 * A leader that has not renewed for this part of the lease leads no more. The rest is for what it has sent just before, and for
 * clocks of different pace. client-go's defaults, 10 of 15 seconds, are the same part.
 */
export const RENEW_DEADLINE_PART = 2 / 3

/** An API server that has not answered after this part of the lease is asked again; half the renew deadline, as in controller-runtime. */
export const REQUEST_PART = 1 / 3

/** The Lease is looked at, or renewed, every so often. */
export const RETRY_PART = 1 / 6

/** By how much that is spread, so that candidates do not come in step. */
export const RETRY_JITTER = 0.2
