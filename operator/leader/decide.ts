import type { Lease } from './lease.ts'

/**
 * What a candidate knows of the lease. Times are of its own monotonic clock, and begin when it first saw the present version: what
 * the Lease itself says of times is by the clock of another machine (client-go, tools/leaderelection, observedTime).
 */
export interface Observation {
  /** Undefined: there is none. */
  readonly lease: Lease | undefined
  /** Until then its holder, if that is another one, has to be left alone. */
  readonly takenUntilMs: number
}

/** What to do about the lease. */
export type Decision =
  /** Make it: there is none. */
  | 'create'
  /** Take it: it is free, or its holder has not been heard of for too long. */
  | 'acquire'
  /** Keep it: it is ours. */
  | 'renew'
  /** Another one has it. */
  | 'wait'
  /** We thought that we had it, and have not. */
  | 'lost'

/** What is known after the lease was seen once more, which was at `nowMs` at the latest. Pure. */
export function observe(
  before: Observation | undefined,
  lease: Lease | undefined,
  nowMs: number,
): Observation {
  // Who deletes the Lease does not stop its holder.
  if (lease === undefined) return { lease, takenUntilMs: before?.takenUntilMs ?? nowMs }
  if (before?.lease?.resourceVersion === lease.resourceVersion) return before
  return { lease, takenUntilMs: lease.holder === '' ? nowMs : nowMs + lease.durationMs }
}

/** Decides at `nowMs` what `candidate` does about the lease. Pure. */
export function decide(
  { lease, takenUntilMs }: Observation,
  { identity, leads }: { readonly identity: string; readonly leads: boolean },
  nowMs: number,
): Decision {
  if (lease?.holder === identity) return 'renew'
  if (leads) return lease === undefined ? 'create' : 'lost'
  if (nowMs < takenUntilMs) return 'wait'
  return lease === undefined ? 'create' : 'acquire'
}
