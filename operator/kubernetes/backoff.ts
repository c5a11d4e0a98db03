/** How retries spread: doubling from `baseMs` up to `maxMs`. */
export interface BackoffLimits {
  readonly baseMs: number
  readonly maxMs: number
}

/** A source of randomness: a number in [0, 1). */
export type Random = () => number

/**
 * The delay before the next try after `failures` failures in a row (1 or more): exponential, capped, and spread over the
 * upper half of its range, so that many clients of one API server that came back do not return all at once.
 */
export function backoffMs(failures: number, limits: BackoffLimits, random: Random): number {
  const exponent = Math.min(failures - 1, 30)
  const ceilingMs = Math.min(limits.maxMs, limits.baseMs * 2 ** exponent)
  return ceilingMs / 2 + (ceilingMs / 2) * random()
}
