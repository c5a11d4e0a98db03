/** Nothing can be served now; the message is the reason. Clients get 503. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError'
  readonly code = 'E_NOT_READY'
}

/** The client closed its connection before it had its answer. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError'
  readonly code = 'E_CLIENT_GONE'

  constructor() {
    super('the client closed the connection')
  }
}
