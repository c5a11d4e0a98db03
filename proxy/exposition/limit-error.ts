/** Which bound was exceeded: of one line, of what a scrape may read, of what one output may be, of the series of an aggregate. */
export type LimitCode = 'E_LINE_BYTES' | 'E_INPUT_BYTES' | 'E_OUTPUT_BYTES' | 'E_SERIES'

/** An exposition is larger than it may be, and must not be cut. The message says what, how large, and the limit. */
export class LimitExceededError extends Error {
  override readonly name = 'LimitExceededError'
  readonly code: LimitCode

  constructor(code: LimitCode, message: string) {
    super(message)
    this.code = code
  }
}
