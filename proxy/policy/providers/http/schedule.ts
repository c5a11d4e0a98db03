import {
  JITTER,
  RETRY_BASE_MS,
  RETRY_MAX_MS,
  SYNC_INTERVAL_MAX_MS,
  SYNC_INTERVAL_MIN_MS,
  SYNC_INTERVAL_MS,
} from '../../limits.ts'

/** A source of randomness: a number in [0, 1). */
export type Random = () => number

/**
 * Milliseconds from one sync to the next: as configured, else as the server recommends, within bounds, else by default;
 * spread a little.
 */
export function intervalMs(
  configuredMs: number | undefined,
  recommendedMs: number | undefined,
  random: Random,
): number {
  const bounded = Math.min(
    SYNC_INTERVAL_MAX_MS,
    Math.max(SYNC_INTERVAL_MIN_MS, recommendedMs ?? SYNC_INTERVAL_MS),
  )
  return (configuredMs ?? bounded) * (1 + JITTER * (2 * random() - 1))
}

/** Milliseconds until a sync is tried again after `failures` in a row (1 or more): doubling, with a ceiling, spread. */
export function retryMs(failures: number, random: Random): number {
  const ceilingMs = Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(failures - 1, 30))
  return ceilingMs / 2 + (ceilingMs / 2) * random()
}
