import type { UpstreamBody } from './upstream.ts'

/** A GET request to the origin of a transport. */
export interface TransportRequest {
  /** Path and query. */
  readonly path: string
  /** Header fields by lower-case name, without `host`. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** What came back: nothing is followed or decoded yet. */
export interface TransportResponse {
  readonly status: number
  /** Header fields by lower-case name; what came several times is joined by commas. */
  readonly fields: ReadonlyMap<string, string>
  readonly body: UpstreamBody
  /** Gives up the body, which nobody has read. Its connection is kept if little of it is missing. Never throws. */
  discard(): Promise<void>
}

/** Exchanges HTTP messages with one origin over connections that are kept. Its errors are those of the network. */
export interface Transport {
  /** Throws the signal's reason, or what Node or the transport call the error (see failure.ts). */
  get(request: TransportRequest): Promise<TransportResponse>
  /** Lets requests in flight finish, then closes the connections. */
  close(): Promise<void>
}
