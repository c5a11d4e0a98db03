import { DISCARD_BYTES_MAX, IDLE_CONNECTIONS_MAX } from '../../limits.ts'
import type { Transport, TransportRequest, TransportResponse } from '../transport.ts'
import { type Address, Connection, type ConnectionEvents, type Incoming } from './connection.ts'
import type { IncomingBody } from './incoming-body.ts'
import { type ReceiveBuffer, receiveBuffer } from './receive-buffer.ts'
import { requestHead } from './request.ts'

const BRACKETS = /^\[|\]$/g
const HTTP_PORT = 80

/**
 * HTTP/1.1 without TLS, straight on sockets: bodies are read into one buffer that is used again, and handed over as views
 * of it.
 */
export class Http1Transport implements Transport {
  readonly #host: string
  readonly #address: Address
  readonly #receive: ReceiveBuffer
  readonly #open = new Set<Connection>()
  /** Connections that can take a request; the one that was used last is at the end. */
  readonly #idle: Connection[] = []
  #closed: PromiseWithResolvers<void> | undefined

  /**
   * @param url `hostname` and `port` are where it connects, `host` is what the Host header says
   * @param receive where bodies are read to, for instance into the memory in which they are used
   */
  constructor(url: Pick<URL, 'host' | 'hostname' | 'port'>, receive: ReceiveBuffer = receiveBuffer()) {
    this.#host = url.host
    this.#address = {
      host: url.hostname.replaceAll(BRACKETS, ''),
      port: url.port === '' ? HTTP_PORT : Number(url.port),
    }
    this.#receive = receive
  }

  async get({ path, headers, signal }: TransportRequest): Promise<TransportResponse> {
    const { head, body } = await this.#send(requestHead(this.#host, path, headers), signal)
    return { status: head.status, fields: head.fields, body, discard: () => discard(body) }
  }

  async close(): Promise<void> {
    this.#closed ??= Promise.withResolvers()
    if (this.#open.size === 0) this.#closed.resolve()
    for (const connection of this.#idle) connection.destroy()
    await this.#closed.promise
  }

  async #send(request: string, signal: AbortSignal): Promise<Incoming> {
    const kept = this.#idle.pop()
    if (kept !== undefined) {
      try {
        return await kept.get(request, signal)
      } catch (error) {
        // It can close just when it is used; a request that got nothing is safe to send again.
        if (kept.answered || signal.aborted) throw error
      }
    }
    return this.#connect().get(request, signal)
  }

  #connect(): Connection {
    const connection = new Connection(this.#address, this.#receive, this.#events)
    this.#open.add(connection)
    return connection
  }

  readonly #events: ConnectionEvents = {
    onIdle: connection => {
      if (this.#closed === undefined && this.#idle.length < IDLE_CONNECTIONS_MAX) this.#idle.push(connection)
      else connection.destroy()
    },
    onClosed: connection => {
      const at = this.#idle.indexOf(connection)
      if (at !== -1) this.#idle.splice(at, 1)
      this.#open.delete(connection)
      if (this.#open.size === 0) this.#closed?.resolve()
    },
  }
}

/** Reads what is left of a body, unless that is too much. */
async function discard(body: IncomingBody): Promise<void> {
  let bytes = 0
  const ended = await body
    .pump(chunk => {
      bytes += chunk.length
      return bytes <= DISCARD_BYTES_MAX
    })
    // The connection is closed then, which is as good.
    .catch(() => true)
  if (!ended) body.abandon()
}
