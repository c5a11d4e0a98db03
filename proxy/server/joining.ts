import { SHARED_TIME_SHARE } from '../limits.ts'

/**
 * Whether a client whose own scrape would have `timeoutMs` may join one that has to be done at `deadlineMs`: one with
 * much less time left may fail where its own would not. Times are by one monotonic clock, in milliseconds.
 */
export function leavesTimeFor(timeoutMs: number, deadlineMs: number, nowMs: number): boolean {
  return deadlineMs - nowMs >= timeoutMs * SHARED_TIME_SHARE
}
