/** One request to an application's metrics. */
export interface UpstreamRequest {
  /** Header fields by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Query string to add to the upstream's own, without `?`; '' for none. */
  readonly query: string
  /** Ends the request and the body; its reason becomes the error. The deadline comes this way too. */
  readonly signal: AbortSignal
}

/** The head of an answer, and its body as it arrives. */
export interface UpstreamResponse {
  readonly status: number
  readonly contentType: string | undefined
  /** Without content encoding. A chunk is valid until the next is asked for. To stop early, abort the request. */
  readonly body: AsyncIterable<Uint8Array>
}

/** An application's metrics endpoint. */
export interface Upstream {
  /** The address that is scraped, for messages. */
  readonly url: string
  /**
   * Sends a GET request and answers when the head of the response has come, whatever its status.
   *
   * @throws {UpstreamError} if no response comes; the signal's reason if it is aborted. The body throws the same ones.
   */
  open(request: UpstreamRequest): Promise<UpstreamResponse>
  /** Lets requests in flight finish, then closes the connections. */
  close(): Promise<void>
}
