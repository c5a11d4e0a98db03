import type { ExpositionFormat } from '../exposition/format.ts'
import { CLOCK_AHEAD_MS_MAX, START_TIME_JITTER_SECONDS } from '../limits.ts'

/** What is known about the process at an address. */
export interface KnownProcess {
  /** Format of its last complete scrape; undefined before the first. */
  readonly format: ExpositionFormat | undefined
  /** `process_start_time_seconds` of that scrape; undefined if it had none. */
  readonly startSeconds: number | undefined
  /**
   * What started after this has never been counted, in milliseconds since the epoch: when the round of the last complete
   * scrape began, or the last round in which the address was not listed.
   */
  readonly notSeenSinceMs: number
}

/** What a complete scrape says about the process that answered. */
export interface AnsweringProcess {
  readonly format: ExpositionFormat
  readonly startSeconds: number | undefined
}

/**
 * How the process that answered relates to what is known. `continues`: the same one, as far as can be told. `started`:
 * another one, which has counted nothing before. `unproven`: the first one here or another one, and it may have counted
 * long before; what it has counted so far must not be added.
 */
export type Continuity = 'continues' | 'started' | 'unproven'

/**
 * Compares the process that answered with the one that is known at its address. In another format series have other
 * spellings, so that values cannot be compared. `nowMs`: when the round began.
 */
export function judgeProcess(known: KnownProcess, answering: AnsweringProcess, nowMs: number): Continuity {
  const isSame = known.format === answering.format && !hasChanged(known.startSeconds, answering.startSeconds)
  const started = hasStartedSince(known.notSeenSinceMs, answering.startSeconds, nowMs)
  if (isSame && (!started || known.startSeconds !== undefined)) return 'continues'
  return started ? 'started' : 'unproven'
}

/** Whether a point in time is after another, and not so far in the future that the clock must be wrong. */
export function hasStartedSince(sinceMs: number, startSeconds: number | undefined, nowMs: number): boolean {
  if (startSeconds === undefined) return false
  const startMs = startSeconds * 1000
  return startMs > sinceMs && startMs <= nowMs + CLOCK_AHEAD_MS_MAX
}

function hasChanged(before: number | undefined, now: number | undefined): boolean {
  if (before === undefined || now === undefined) return false
  return !(Math.abs(now - before) <= START_TIME_JITTER_SECONDS)
}
