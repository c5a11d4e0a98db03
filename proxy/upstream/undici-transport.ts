import { types } from 'node:util'
import { buildConnector, type Dispatcher, Pool } from 'undici'
import { IDLE_CONNECTION_MS, RESPONSE_HEAD_BYTES_MAX } from '../limits.ts'
import { IterableBody } from './body.ts'
import { isStaleConnection } from './failure.ts'
import { ProtocolError } from './http1/protocol-error.ts'
import type { TlsOptions } from './tls-options.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

function fieldsOf(headers: Dispatcher.ResponseData['headers']): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) fields.set(name, Array.isArray(value) ? value.join(', ') : value)
  return fields
}

/** What undici makes of a head that it refuses: some of it has no code, or one that says less than the message. */
const REFUSALS: ReadonlySet<string> = new Set(['HTTPParserError', 'ResponseContentLengthMismatchError'])

function asProtocolError(error: unknown): unknown {
  return types.isNativeError(error) && REFUSALS.has(error.name)
    ? new ProtocolError('E_HTTP_HEAD', error.message)
    : error
}

/**
 * Opens connections. undici takes a reset for the end of a body that has no length; half a scrape would pass for a whole
 * one. It does not if the error has another code.
 */
function connectorOf({ ca, serverName, insecureSkipVerify }: TlsOptions): buildConnector.connector {
  const connect = buildConnector({
    allowH2: false,
    rejectUnauthorized: !insecureSkipVerify,
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  })
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET'
  }
  return (options, callback) =>
    connect(options, (...result) => {
      result[1]?.once('error', onError)
      callback(...result)
    })
}

/**
 * HTTP/1.1 by undici, over TLS as well. HTTP/2 would gain nothing for one request at a time, and fails in other ways.
 */
export class UndiciTransport implements Transport {
  readonly #pool: Pool
  readonly #host: string | undefined

  /**
   * @param origin where it connects, such as https://10.0.0.1:8443
   * @param host what the Host header says, if not that
   */
  constructor(origin: string, tls: TlsOptions, host?: string) {
    this.#host = host
    this.#pool = new Pool(origin, {
      connect: connectorOf(tls),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      maxHeaderSize: RESPONSE_HEAD_BYTES_MAX,
      // The scrape's own deadline ends a request, through its signal.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async get({ path, headers, signal }: TransportRequest): Promise<TransportResponse> {
    const named = this.#host === undefined ? headers : { ...headers, host: this.#host }
    const send = () => this.#pool.request({ method: 'GET', path, headers: named, signal })
    // A kept connection can close just when it is used; a request that got nothing is safe to send again.
    const {
      statusCode,
      headers: fields,
      body,
    } = await send()
      .catch(error => (isStaleConnection(error) && !signal.aborted ? send() : Promise.reject(error)))
      .catch(error => Promise.reject(asProtocolError(error)))
    return {
      status: statusCode,
      fields: fieldsOf(fields),
      body: new IterableBody(body),
      discard: () => body.dump().catch(() => undefined),
    }
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}
