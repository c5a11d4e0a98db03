/** What kept an image from being built; each code is one thing that the reader can do something about. */
export type ImageErrorCode =
  /** A program that builds images is missing, and could not be installed. */
  | 'E_PROGRAMS'
  /** A program was there, and failed at what was asked of it. */
  | 'E_COMMAND'

/** An error of the image builds whose message says what was attempted and what to do about it. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly code: ImageErrorCode

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
