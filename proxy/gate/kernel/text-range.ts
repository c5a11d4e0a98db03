/** Where a text is. */
export interface TextRange {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}
