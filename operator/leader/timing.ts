import { RENEW_DEADLINE_PART, REQUEST_PART, RETRY_PART } from './limits.ts'

/** The times of an election. */
export interface ElectionTiming {
  /** How long the other candidates leave a holder alone that they hear nothing of. */
  readonly leaseSeconds: number
  /** How long a term lasts after the beginning of the last request that renewed it; shorter than the lease. */
  readonly renewDeadlineMs: number
  /** How long one request to the API server may take. */
  readonly requestMsMax: number
  /** Time from the beginning of one try to that of the next. */
  readonly retryMs: number
}

/** The times that go with a lease of this length. */
export function electionTiming(leaseSeconds: number): ElectionTiming {
  const leaseMs = leaseSeconds * 1000
  return {
    leaseSeconds,
    renewDeadlineMs: leaseMs * RENEW_DEADLINE_PART,
    requestMsMax: leaseMs * REQUEST_PART,
    retryMs: leaseMs * RETRY_PART,
  }
}
