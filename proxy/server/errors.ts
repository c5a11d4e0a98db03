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

/** The client read so slowly that it held up others that read the same. Its connection is reset. */
export class SlowClientError extends Error {
  override readonly name = 'SlowClientError'
  readonly code = 'E_CLIENT_SLOW'

  constructor() {
    super('the client read too slowly and held up others')
  }
}
