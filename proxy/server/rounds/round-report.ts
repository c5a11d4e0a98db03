import type { RoundStats } from '../../aggregate/aggregator.ts'
import type { Resolution } from '../../upstream/discovery/directory.ts'

/** How the scrape of one target in a round went. */
export interface TargetOutcome {
  /** Address of the target. */
  readonly id: string
  readonly durationMs: number
  /** Samples that came; of a scrape that failed too. */
  readonly samples: number
  readonly bytes: number
  /** Undefined if it succeeded. */
  readonly error: unknown
}

/** How a round went: one scrape of each target. */
export interface RoundReport {
  /** Milliseconds since 1970. */
  readonly endedAtMs: number
  readonly durationMs: number
  readonly resolution: Omit<Resolution, 'endpoints'>
  /** Ordered by id. */
  readonly targets: readonly TargetOutcome[]
  /** Undefined if the round has no output. */
  readonly stats: RoundStats | undefined
  /** Memory for what is known of all targets. */
  readonly heldBytes: number
}
