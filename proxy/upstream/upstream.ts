/** One request to an application's metrics. */
export interface UpstreamRequest {
  /** Header fields by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Query string to add to the upstream's own, without `?`; '' for none. */
  readonly query: string
  /** Ends the request and the body; its reason becomes the error. The deadline comes this way too. */
  readonly signal: AbortSignal
}

/**
 * Takes the next bytes of a body, all of them. They are valid during the call only: their memory is used again for the
 * next ones. False asks for no more for now.
 */
export type BodySink = (chunk: Uint8Array) => boolean

/** A body as it arrives. It is read once, in either way. Chunks that are iterated over may be kept. */
export interface UpstreamBody extends AsyncIterable<Uint8Array> {
  /**
   * Hands the bytes to a sink as they arrive, synchronously and without a promise for each, until the body has ended or
   * the sink returns false. Then the application is held up until the next call, and only what has already been read
   * (RECEIVE_BYTES at most) still goes to the sink first. Answers whether the body has ended.
   *
   * @throws what the iteration throws; what the sink throws, which ends the request
   */
  pump(sink: BodySink): Promise<boolean>
}

/** The head of an answer, and its body as it arrives. */
export interface UpstreamResponse {
  readonly status: number
  readonly contentType: string | undefined
  /** Without content encoding. To stop early, abort the request. */
  readonly body: UpstreamBody
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
