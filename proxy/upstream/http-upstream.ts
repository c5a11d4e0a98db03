import { pipeline, type Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { buildConnector, type Dispatcher, Pool } from 'undici'
import { UpstreamError } from './errors.ts'
import { bodyFailure, isStaleConnection, requestFailure } from './failure.ts'
import { IDLE_CONNECTION_MS, REDIRECTS_MAX, RESPONSE_HEAD_BYTES_MAX } from './limits.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from './upstream.ts'

/** How to reach an application by HTTP or HTTPS. */
export interface HttpUpstreamOptions {
  /** Absolute URL of the metrics. */
  readonly url: string
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string
  /** Name that the certificate must have, if it is not the host of the URL. */
  readonly serverName?: string
  readonly insecureSkipVerify: boolean
}

const REDIRECT = new Set([301, 302, 303, 307, 308])

function pathOf(url: URL, query: string): string {
  if (query === '') return url.pathname + url.search
  return `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${query}`
}

function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The body without its content encoding. Nothing was asked for, but some applications compress regardless. */
function decode(url: string, body: Readable, encoding: string | undefined): Readable {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return body
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate')
    throw new UpstreamError(
      'E_UPSTREAM_ENCODING',
      `upstream ${url}: the body has Content-Encoding ${JSON.stringify(encoding)}, which was not asked for and cannot be read`,
    )
  const decoder = name === 'deflate' ? createInflate() : createGunzip()
  // An error of either stream ends both, and reaches whoever reads the decoder.
  return pipeline(body, decoder, () => undefined)
}

async function* readBody(url: string, body: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw bodyFailure(url, error)
  }
}

/**
 * Opens connections. undici takes a reset for the end of a body that has no length; half a scrape would pass for a whole
 * one. It does not if the error has another code.
 */
function connectorOf({ ca, serverName, insecureSkipVerify }: HttpUpstreamOptions): buildConnector.connector {
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
 * Applications over HTTP/1.1 with kept connections, by undici. HTTP/2 would gain nothing for one request at a time, and
 * fails in other ways.
 */
export class HttpUpstream implements Upstream {
  readonly url: string
  readonly #url: URL
  readonly #pool: Pool

  constructor(options: HttpUpstreamOptions) {
    this.url = options.url
    this.#url = new URL(options.url)
    this.#pool = new Pool(this.#url.origin, {
      connect: connectorOf(options),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: IDLE_CONNECTION_MS,
      maxHeaderSize: RESPONSE_HEAD_BYTES_MAX,
      // The scrape's own deadline ends a request, through its signal.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  async open(request: UpstreamRequest): Promise<UpstreamResponse> {
    let url = this.#url
    let query = request.query
    for (let redirects = 0; ; redirects++) {
      const response = await this.#get(pathOf(url, query), request)
      const { statusCode, headers } = response
      const location = headerOf(headers, 'location')
      if (!REDIRECT.has(statusCode) || location === undefined) {
        const body = decode(this.url, response.body, headerOf(headers, 'content-encoding'))
        return {
          status: statusCode,
          contentType: headerOf(headers, 'content-type'),
          body: readBody(this.url, body, request.signal),
        }
      }
      await response.body.dump()
      url = this.#follow(url, location, redirects)
      query = ''
    }
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #get(path: string, { headers, signal }: UpstreamRequest): Promise<Dispatcher.ResponseData> {
    const send = () =>
      this.#pool.request({
        method: 'GET',
        path,
        headers: { ...headers, 'accept-encoding': 'identity' },
        signal,
      })
    try {
      // A kept connection can close just when it is used; a request that got nothing is safe to send again.
      return await send().catch(error =>
        isStaleConnection(error) && !signal.aborted ? send() : Promise.reject(error),
      )
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw requestFailure(this.url, error)
    }
  }

  /** Prometheus follows redirects, but we do not carry the client's credentials, or a pod's trust, to another origin. */
  #follow(from: URL, location: string, redirects: number): URL {
    const refuse = (why: string) =>
      new UpstreamError(
        'E_UPSTREAM_REDIRECT',
        `upstream ${this.url}: redirects to ${JSON.stringify(location)}, ${why}`,
      )
    const target = URL.parse(location, from)
    if (target === null) throw refuse('which is not a URL')
    if (target.origin !== this.#url.origin)
      throw refuse('which is another origin; set upstream_url to it if it is meant')
    if (redirects >= REDIRECTS_MAX) throw refuse(`after ${REDIRECTS_MAX} redirects`)
    return target
  }
}
