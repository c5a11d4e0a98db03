/** Bounds of aggregation that no configuration changes. */

/** How many raw series all targets together may have; a target that brings more fails. */
export const RAW_SERIES_MAX = 2 ** 21

/**
 * How far the clock of a target may be ahead, in milliseconds: what claims to have started later than that in the future
 * has proven nothing. Leaves room for the time that a round takes.
 */
export const CLOCK_AHEAD_MS_MAX = 60_000

/**
 * By how much `process_start_time_seconds` of one process may differ between scrapes, in seconds: where it is reckoned from
 * the time at which the machine booted, it moves when the clock is set right.
 */
export const START_TIME_JITTER_SECONDS = 1.5

/** How much of a line that does not parse an error shows, in characters. */
export const LINE_PREVIEW_CHARACTERS = 120
