import { connect, type Socket } from 'node:net'
import { FIRST_READ_BYTES, IDLE_CONNECTION_MS, TCP_KEEPALIVE_MS } from '../../limits.ts'
import { bodyDecoder } from './choose-decoder.ts'
import { framingOf, keepsConnection } from './framing.ts'
import { parseHead, type ResponseHead } from './head.ts'
import { HeadBuffer } from './head-buffer.ts'
import { IncomingBody } from './incoming-body.ts'
import { ProtocolError } from './protocol-error.ts'
import type { ReceiveBuffer, ReceiveRoom } from './receive-buffer.ts'

/** Where connections lead. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What is told about a connection. */
export interface ConnectionEvents {
  /** It can take another request. */
  readonly onIdle: (connection: Connection) => void
  readonly onClosed: (connection: Connection) => void
}

/** The head of a response, and its body as it arrives. */
export interface Incoming {
  readonly head: ResponseHead
  readonly body: IncomingBody
}

/** A request that was sent. */
interface Exchange {
  readonly signal: AbortSignal
  readonly resolve: (response: Incoming) => void
  readonly reject: (error: unknown) => void
  /** Undefined until the head has come. */
  body: IncomingBody | undefined
  keeps: boolean
}

/**
 * One TCP connection, one exchange at a time. Heads are read into a small buffer of the connection's own, with which
 * often comes the beginning of the body; nothing more is read until somebody asks, and then into the receive buffer.
 */
export class Connection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  readonly #receive: ReceiveBuffer
  readonly #head = new HeadBuffer()
  #exchange: Exchange | undefined
  /** Where the next read goes; undefined: into the room of the head. */
  #room: ReceiveRoom | undefined

  constructor(address: Address, receive: ReceiveBuffer, events: ConnectionEvents) {
    this.#receive = receive
    this.#events = events
    this.#socket = connect({
      ...address,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      onread: {
        buffer: () => this.#nextRoom(),
        callback: length => this.#onRead(length),
      },
    })
    this.#socket.on('error', error => this.#fail(error))
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('timeout', () => this.#socket.destroy())
    this.#socket.on('close', () => {
      this.#fail(new ProtocolError('E_HTTP_CUT', 'the connection was closed'))
      events.onClosed(this)
    })
  }

  /** Whether any byte of the answer to the last request has come. */
  get answered(): boolean {
    return !this.#head.isEmpty
  }

  /** Sends the head of a GET request. The body of the response has to be read to its end before the next. */
  get(request: string, signal: AbortSignal): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      if (this.#exchange !== undefined) throw new Error('BUG: an exchange is under way')
      signal.throwIfAborted()
      this.#exchange = { signal, resolve, reject, body: undefined, keeps: false }
      signal.addEventListener('abort', this.#onAbort, { once: true })
      this.#head.reset()
      this.#socket.setTimeout(0)
      this.#socket.ref()
      this.#socket.write(request, 'latin1')
    })
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Where the next read goes, which can be long before it. */
  #nextRoom(): Uint8Array {
    const body = this.#exchange?.body
    this.#room = body === undefined ? undefined : this.#receive()
    if (this.#room === undefined) return this.#head.room
    // If that was the whole body already, then the next read is the head of another response.
    return body?.begun ? this.#room.view : this.#room.view.subarray(0, FIRST_READ_BYTES)
  }

  /** Called for each read. False: no more for now. */
  #onRead(length: number): boolean {
    const exchange = this.#exchange
    if (exchange === undefined) {
      // Nobody asked. What comes next could be taken for the answer to another request.
      this.#socket.destroy()
      return false
    }
    const room = this.#room
    if (exchange.body !== undefined) {
      if (room === undefined) throw new Error('BUG: a body was read into the room of the head')
      return exchange.body.take(room, 0, length)
    }
    if (room === undefined) this.#head.written(length)
    else this.#head.put(room.view.subarray(0, length))
    try {
      return this.#readHead(exchange)
    } catch (error) {
      this.#fail(error)
      return false
    }
  }

  #readHead(exchange: Exchange): boolean {
    const head = this.#takeHead()
    if (head === undefined) return true
    const framing = framingOf(head)
    exchange.keeps = keepsConnection(head, framing)
    exchange.body = new IncomingBody(bodyDecoder(framing), this.#head.rest, {
      resume: () => this.#socket.resume(),
      ended: excess => this.#end(excess),
      abandon: error => this.#fail(error),
    })
    // In a turn of its own, as IncomingBody does it.
    setImmediate(exchange.resolve, { head, body: exchange.body })
    return this.#exchange === undefined
  }

  /** The head of the final response; those of interim ones (RFC 9110, section 15.2) are passed over. */
  #takeHead(): ResponseHead | undefined {
    for (;;) {
      const text = this.#head.take()
      if (text === undefined) return undefined
      const head = parseHead(text)
      if (head.status === 101)
        throw new ProtocolError('E_HTTP_HEAD', 'it switches to a protocol that was not asked for')
      if (head.status >= 200) return head
    }
  }

  readonly #onAbort = (): void => this.#fail(this.#exchange?.signal.reason)

  #onEnd(): void {
    const body = this.#exchange?.body
    if (body !== undefined) body.connectionEnded()
    else if (this.#head.isEmpty)
      this.#fail(new ProtocolError('E_HTTP_NO_RESPONSE', 'the other side closed the connection'))
    else this.#fail(new ProtocolError('E_HTTP_CUT', 'the other side closed the connection within the head'))
  }

  /** The response is complete. */
  #end(excess: boolean): void {
    const exchange = this.#release()
    if (exchange === undefined) throw new Error('BUG: the end of an exchange that is none')
    if (excess || !exchange.keeps || this.#socket.destroyed) {
      this.#socket.destroy()
      return
    }
    this.#head.reset()
    this.#socket.setTimeout(IDLE_CONNECTION_MS)
    this.#socket.unref()
    this.#events.onIdle(this)
  }

  #fail(error: unknown): void {
    const exchange = this.#release()
    this.#socket.destroy()
    exchange?.reject(error)
    exchange?.body?.fail(error)
  }

  #release(): Exchange | undefined {
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.signal.removeEventListener('abort', this.#onAbort)
    return exchange
  }
}
