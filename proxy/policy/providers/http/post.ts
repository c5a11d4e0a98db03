import { Agent, type Dispatcher, request } from 'undici'
import { codeOf, messageOf } from '../../../errors.ts'
import { PolicyProviderError } from '../../errors.ts'
import { POLICY_BYTES_MAX, SYNC_TIMEOUT_MS } from '../../limits.ts'
import type { Clock } from '../clock.ts'

/** What a server answered. */
export interface HttpAnswer {
  readonly contentType: string
  readonly body: Uint8Array
}

/** A request with a body. */
export interface HttpPost {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Ends the request early. */
  readonly signal: AbortSignal
}

/** A URL as it can be shown: user, password and query may be secrets. */
export function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function firstOf(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? ''
}

async function readBounded(source: string, body: Dispatcher.ResponseData['body']): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > POLICY_BYTES_MAX)
      throw new PolicyProviderError(
        'E_POLICY_SIZE',
        `${source}: the answer has more than ${POLICY_BYTES_MAX} bytes`,
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Posts to one URL. The connection stays open between requests. */
export class HttpPoster {
  readonly #url: string
  readonly #source: string
  readonly #after: Clock['after']
  readonly #agent = new Agent({
    connections: 1,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  })

  constructor(url: string, after: Clock['after']) {
    this.#url = url
    this.#source = withoutSecrets(url)
    this.#after = after
  }

  /**
   * Posts, and reads the whole answer. Redirections are not followed: the headers may be secret.
   *
   * @throws {PolicyProviderError} E_POLICY_CONNECT, E_POLICY_TIMEOUT, E_POLICY_STATUS or E_POLICY_SIZE
   */
  async post(post: HttpPost): Promise<HttpAnswer> {
    const timeout = new AbortController()
    const cancel = this.#after(SYNC_TIMEOUT_MS, () => timeout.abort())
    try {
      return await this.#post(post, AbortSignal.any([post.signal, timeout.signal]))
    } catch (cause) {
      if (cause instanceof PolicyProviderError) throw cause
      if (timeout.signal.aborted)
        throw new PolicyProviderError(
          'E_POLICY_TIMEOUT',
          `${this.#source}: no answer in ${SYNC_TIMEOUT_MS} ms`,
          { cause },
        )
      const reason = messageOf(cause) || codeOf(cause)
      throw new PolicyProviderError('E_POLICY_CONNECT', `${this.#source}: ${reason}`, { cause })
    } finally {
      cancel()
    }
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #post({ headers, body }: HttpPost, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await request(this.#url, {
      method: 'POST',
      dispatcher: this.#agent,
      headers,
      body,
      signal,
    })
    if (response.statusCode < 200 || response.statusCode > 299) {
      await response.body.dump({ limit: 1024 })
      throw new PolicyProviderError('E_POLICY_STATUS', `${this.#source}: answered ${response.statusCode}`)
    }
    const contentType = firstOf(response.headers['content-type'])
    return { contentType, body: await readBounded(this.#source, response.body) }
  }
}
