import { STATUS_CODES } from 'node:http'
import { type ContentType, parseContentType } from '../exposition/format.ts'
import { ERROR_LINE_CHARS_MAX, ERROR_PAGE_BYTES_MAX } from '../limits.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { Upstream, UpstreamBody, UpstreamRequest, UpstreamResponse } from '../upstream/upstream.ts'
import type { ScrapeDeadline } from './deadline.ts'

/** An exposition that arrives from the upstream. */
export interface OpenExposition {
  readonly type: ContentType
  /** The upstream's Content-Type: undefined where it sent none, so that Prometheus decides as without us. */
  readonly header: string | undefined
  readonly body: UpstreamBody
}

async function firstLine(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true })
    if (text.trimStart().includes('\n') || text.length >= ERROR_PAGE_BYTES_MAX) break
  }
  const line = text.trimStart().split('\n')[0] ?? ''
  // Whatever it is goes to terminals and logs.
  return line.replaceAll(/\p{C}/gu, '').trim().slice(0, ERROR_LINE_CHARS_MAX)
}

async function statusError(url: string, response: UpstreamResponse): Promise<UpstreamError> {
  const { status } = response
  let line = ''
  try {
    line = await firstLine(response.body)
  } catch (error) {
    // The status alone says enough where the error page breaks off; a deadline or a client that is gone goes first.
    if (!(error instanceof UpstreamError) || error.code === 'E_UPSTREAM_TIMEOUT') throw error
  }
  const phrase = STATUS_CODES[status] ?? ''
  const answered = `upstream ${url} answered ${`${status} ${phrase}`.trim()}`
  return new UpstreamError('E_UPSTREAM_STATUS', line === '' ? answered : `${answered}: ${line}`)
}

function contentTypeError(url: string, header: string): UpstreamError {
  const advice = header.toLowerCase().includes('protobuf')
    ? 'protobuf was not asked for and cannot be filtered; make the application answer in a text format'
    : 'it has to be text/plain or application/openmetrics-text (version 0.0.1 or 1.0.0); is this the path of the metrics?'
  return new UpstreamError(
    'E_UPSTREAM_CONTENT_TYPE',
    `upstream ${url} answered with Content-Type ${JSON.stringify(header)}; ${advice}`,
  )
}

/**
 * Asks the upstream for its metrics, and makes sure that what comes can be filtered. An answer without a Content-Type, or
 * with an empty one, which Go's clients cannot tell apart, is read as text 0.0.4 and passed on without one: Prometheus 3
 * then does what its scrape configuration (fallback_scrape_protocol) says, as without us.
 *
 * @throws {UpstreamError} if there is no exposition
 */
export async function openExposition(
  upstream: Upstream,
  request: Omit<UpstreamRequest, 'signal'>,
  deadline: ScrapeDeadline,
): Promise<OpenExposition> {
  const response = await upstream.open({ ...request, signal: deadline.signal })
  deadline.progress.answered = true
  if (response.status !== 200) throw await statusError(upstream.url, response)
  const header = response.contentType === '' ? undefined : response.contentType
  const type = parseContentType(header ?? 'text/plain; version=0.0.4')
  if (type === undefined) throw contentTypeError(upstream.url, header ?? '')
  return { type, header, body: countedBody(response.body, deadline) }
}

/** The same body, while the deadline is told how much of it has come. */
function countedBody(body: UpstreamBody, deadline: ScrapeDeadline): UpstreamBody {
  const { progress } = deadline
  return {
    pump: sink =>
      body.pump(chunk => {
        progress.bytesIn += chunk.length
        return sink(chunk)
      }),
    [Symbol.asyncIterator]: () => countBytes(body, deadline),
  }
}

/** The body as it comes, while the deadline is told how much of it has come. */
export async function* countBytes(
  body: AsyncIterable<Uint8Array>,
  { progress }: ScrapeDeadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of body) {
    progress.bytesIn += chunk.length
    yield chunk
  }
}
