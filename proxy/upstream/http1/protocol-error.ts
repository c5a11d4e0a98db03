/** What a server did wrong. */
export type ProtocolErrorCode =
  | 'E_HTTP_HEAD'
  | 'E_HTTP_HEAD_SIZE'
  | 'E_HTTP_CHUNK'
  | 'E_HTTP_NO_RESPONSE'
  | 'E_HTTP_CUT'

/** A server does not speak HTTP/1.1 as RFC 9112 has it. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
