/** What went wrong with a scrape of the upstream; also the label of the error counter. */
export type UpstreamErrorCode =
  | 'E_UPSTREAM_CONNECT'
  | 'E_UPSTREAM_TLS'
  | 'E_UPSTREAM_TOKEN'
  | 'E_UPSTREAM_HEADERS'
  | 'E_UPSTREAM_REDIRECT'
  | 'E_UPSTREAM_STATUS'
  | 'E_UPSTREAM_CONTENT_TYPE'
  | 'E_UPSTREAM_ENCODING'
  | 'E_UPSTREAM_BODY'
  | 'E_UPSTREAM_TIMEOUT'

/** The upstream did not give an exposition. The message names it and says what happened and what to do. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError'
  readonly code: UpstreamErrorCode

  constructor(code: UpstreamErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }

  /** The status that Prometheus gets, so that `up` is 0. */
  get status(): 502 | 504 {
    return this.code === 'E_UPSTREAM_TIMEOUT' ? 504 : 502
  }
}
