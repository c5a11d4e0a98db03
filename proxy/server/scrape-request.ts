import type { IncomingHttpHeaders } from 'node:http'
import type { ProxyConfig } from '../config.ts'
import { rewriteAccept } from '../upstream/accept.ts'
import { bearerAuthorization } from '../upstream/bearer-token.ts'
import { scrapeTimeoutMs } from '../upstream/timeout.ts'

/** What a client's request says that matters to the upstream. */
export interface ScrapeRequest {
  readonly accept: string | undefined
  readonly authorization: string | undefined
  readonly userAgent: string | undefined
  /** X-Prometheus-Scrape-Timeout-Seconds. */
  readonly timeoutSeconds: string | undefined
  /** Query string without `?`. */
  readonly query: string
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

/** Reads a client's request. `url` is the request target: a path, and perhaps a query. */
export function scrapeRequestOf(url: string, headers: IncomingHttpHeaders): ScrapeRequest {
  const queryAt = url.indexOf('?')
  return {
    accept: headers.accept,
    authorization: headers.authorization,
    userAgent: headers['user-agent'],
    timeoutSeconds: first(headers['x-prometheus-scrape-timeout-seconds']),
    query: queryAt === -1 ? '' : url.slice(queryAt + 1),
  }
}

/** What tells the answers apart that requests get from the upstream: whoever has the same key may share one. */
export function sharingKeyOf(request: ScrapeRequest, config: ProxyConfig): string {
  return `${rewriteAccept(request.accept)}\n${audienceOf(request, config)}`
}

/**
 * Who sees what: requests with the same audience get the same answer from the upstream. A token from a file is the same
 * for all of them; a client's own authorization, and its query, are not.
 */
export function audienceOf(request: ScrapeRequest, config: ProxyConfig): string {
  const authorization = config.bearerTokenFile === undefined ? (request.authorization ?? '') : ''
  return `${authorization}\n${request.query}`
}

/** How long the upstream has to answer this request, in milliseconds. */
export function timeoutOf(request: ScrapeRequest, config: ProxyConfig): number {
  return scrapeTimeoutMs(config.scrapeTimeoutMs, request.timeoutSeconds)
}

/**
 * The header fields for the upstream. `accept` is passed on as it is if `raw` is set, else without the formats that the
 * proxy cannot filter.
 *
 * @throws {UpstreamError} if the token file cannot be read
 */
export async function upstreamHeaders(
  request: ScrapeRequest,
  config: ProxyConfig,
  raw = false,
): Promise<Record<string, string>> {
  const { bearerTokenFile } = config
  const authorization =
    bearerTokenFile === undefined ? request.authorization : await bearerAuthorization(bearerTokenFile)
  return {
    accept: raw ? (request.accept ?? '*/*') : rewriteAccept(request.accept),
    'user-agent': request.userAgent ?? 'metricgate-proxy',
    'x-prometheus-scrape-timeout-seconds': String(timeoutOf(request, config) / 1000),
    ...(authorization === undefined ? {} : { authorization }),
  }
}
