import { connect, type Socket } from 'node:net'

/** Reads go into one buffer of this size, which is overwritten each time. */
const READ_BYTES = 256 * 1024
const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/** What came of one request. */
export interface Answer {
  readonly status: number
  /** Length of the body as it was sent, with the framing of chunks. */
  readonly bodyBytes: number
}

/** How the end of a body is known: after so many bytes, by the last chunk, or by the end of the connection. */
export type Framing = number | 'chunked' | 'close'

/** Status and framing of a response head (RFC 9112). Throws if it is none. */
export function parseHead(head: string): { status: number; framing: Framing } {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]
  if (status === undefined)
    throw new Error(`not a response of HTTP/1.1: ${JSON.stringify(head.slice(0, 40))}`)
  const length = /^content-length:\s*(\d+)\s*$/im.exec(head)?.[1]
  if (/^transfer-encoding:.*\bchunked\s*$/im.test(head)) return { status: Number(status), framing: 'chunked' }
  return { status: Number(status), framing: length === undefined ? 'close' : Number(length) }
}

/** A response on its way: how far it has come. */
class Reception {
  #head = ''
  #status = 0
  #framing: Framing | undefined
  #bodyBytes = 0
  /** The last bytes so far, in which the last chunk may end. */
  #tail = ''

  /** Takes what came; true when the response is complete. */
  take(bytes: Buffer): boolean {
    if (this.#framing !== undefined) return this.#takeBody(bytes)
    this.#head += bytes.toString('latin1')
    const end = this.#head.indexOf(HEAD_END)
    if (end === -1) return false
    const { status, framing } = parseHead(this.#head.slice(0, end))
    this.#status = status
    this.#framing = framing
    return this.#takeBody(Buffer.from(this.#head.slice(end + HEAD_END.length), 'latin1'))
  }

  get answer(): Answer {
    return { status: this.#status, bodyBytes: this.#bodyBytes }
  }

  /** Whether the end of the connection completes the response. */
  get endsWithConnection(): boolean {
    return this.#framing === 'close'
  }

  #takeBody(bytes: Buffer): boolean {
    this.#bodyBytes += bytes.length
    if (this.#framing === 'close') return false
    if (this.#framing !== 'chunked') return this.#bodyBytes === this.#framing
    // Chunks are not counted: in a text exposition nothing else can look like the last one.
    const last = bytes.toString('latin1', Math.max(0, bytes.length - LAST_CHUNK.length))
    this.#tail = (this.#tail + last).slice(-LAST_CHUNK.length)
    return (
      this.#tail === LAST_CHUNK ||
      (this.#bodyBytes === LAST_CHUNK.length - 2 && LAST_CHUNK.endsWith(this.#tail))
    )
  }
}

/**
 * A client that fetches and discards, with as little work as Node can do: one connection that is kept, reads into one
 * buffer, and of the body only its end is looked at. One request at a time. It stands for Prometheus, and is the floor
 * below which no proxy in Node can receive.
 */
export class DiscardingClient {
  readonly #port: number
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  #socket: Socket | undefined
  #reception: Reception | undefined
  #pending: PromiseWithResolvers<Answer> | undefined

  /** @param port on this machine */
  constructor(port: number) {
    this.#port = port
  }

  /** Fetches a path. Throws if the connection fails, or the status is not 200. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const pending = Promise.withResolvers<Answer>()
    this.#pending = pending
    this.#reception = new Reception()
    this.#socket ??= this.#connect()
    const fields = Object.entries({ host: `127.0.0.1:${this.#port}`, ...headers })
    const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`)
    const what = `GET ${path} from port ${this.#port}`
    const answer = await pending.promise.catch(error => {
      throw new Error(`${what}: ${error.message}`, { cause: error })
    })
    if (answer.status !== 200) throw new Error(`${what}: status ${answer.status}`)
    return answer
  }

  close(): void {
    this.#socket?.destroy()
  }

  #connect(): Socket {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      noDelay: true,
      onread: {
        buffer: this.#buffer,
        callback: (length, buffer) => {
          this.#onData(Buffer.from(buffer.buffer, buffer.byteOffset, length))
          return true
        },
      },
    })
    socket.on('error', error => this.#pending?.reject(error))
    socket.on('close', () => {
      this.#socket = undefined
      if (this.#reception?.endsWithConnection) this.#pending?.resolve(this.#reception.answer)
      else this.#pending?.reject(new Error('the connection was closed'))
    })
    return socket
  }

  #onData(bytes: Buffer): void {
    if (this.#reception === undefined) throw new Error('BUG: bytes came although nothing was asked for')
    try {
      if (this.#reception.take(bytes)) this.#pending?.resolve(this.#reception.answer)
    } catch (error) {
      this.#pending?.reject(error)
      this.#socket?.destroy()
    }
  }
}
