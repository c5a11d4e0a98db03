import { withErrors } from './body.ts'
import { decode } from './content-encoding.ts'
import { bodyFailure, requestFailure } from './failure.ts'
import { isRedirect, redirectTarget } from './redirect.ts'
import type { Transport, TransportResponse } from './transport.ts'
import type { Upstream, UpstreamBody, UpstreamRequest, UpstreamResponse } from './upstream.ts'

function pathOf(url: URL, query: string): string {
  if (query === '') return url.pathname + url.search
  return `${url.pathname}${url.search === '' ? '?' : `${url.search}&`}${query}`
}

/** An application over HTTP or HTTPS: redirects within it are followed, encoded bodies decoded, errors explained. */
export class HttpUpstream implements Upstream {
  readonly url: string
  readonly #url: URL
  readonly #transport: Transport

  /**
   * @param url absolute URL of the metrics
   * @param transport to the origin of the URL, or to one of the addresses that its name has
   * @param shown what messages call it
   */
  constructor(url: string, transport: Transport, shown = url) {
    this.url = shown
    this.#url = new URL(url)
    this.#transport = transport
  }

  async open(request: UpstreamRequest): Promise<UpstreamResponse> {
    let url = this.#url
    let query = request.query
    for (let redirects = 0; ; redirects++) {
      const response = await this.#get(pathOf(url, query), request)
      const location = response.fields.get('location')
      if (!isRedirect(response.status) || location === undefined) return this.#answer(response, request)
      await response.discard()
      url = redirectTarget(this.url, url, location, redirects)
      query = ''
    }
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  async #get(path: string, { headers, signal }: UpstreamRequest): Promise<TransportResponse> {
    try {
      return await this.#transport.get({
        path,
        headers: { ...headers, 'accept-encoding': 'identity' },
        signal,
      })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw requestFailure(this.url, error)
    }
  }

  #answer(response: TransportResponse, { signal }: UpstreamRequest): UpstreamResponse {
    const { status, fields } = response
    return {
      status,
      contentType: fields.get('content-type'),
      body: withErrors(this.#decoded(response), error =>
        signal.aborted ? signal.reason : bodyFailure(this.url, error),
      ),
    }
  }

  #decoded(response: TransportResponse): UpstreamBody {
    try {
      return decode(this.url, response.body, response.fields.get('content-encoding'))
    } catch (error) {
      void response.discard()
      throw error
    }
  }
}
