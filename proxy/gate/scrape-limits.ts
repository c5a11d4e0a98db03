/** Bounds of one scrape that the operator chose. */
export interface ScrapeLimits {
  /** How much of the upstream's body is read, in bytes; 0: all of it. */
  readonly inputBytesMax: number
  /** How large each output may be, in bytes; 0: any size. */
  readonly outputBytesMax: number
  /** What happens at a limit: the rest is left out from a line end on, or the scrape fails. */
  readonly onLimit: 'truncate' | 'fail'
  /** How many series are read; undefined: all of them. */
  readonly series?: SeriesLimit
}

/**
 * A bound for an application that makes up series without end. Each well-formed sample counts, and so does a series that
 * comes twice.
 */
export interface SeriesLimit {
  readonly max: number
  /** What becomes of samples beyond: they leave as they came, whatever the rules say, or do not leave. */
  readonly onLimit: 'pass' | 'drop'
}
