import type { ServerResponse } from 'node:http'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { GZIP_LEVEL } from '../limits.ts'
import { ClientGoneError } from './errors.ts'
import { writeAll } from './write-all.ts'

/** Whether an Accept-Encoding header asks for gzip (RFC 9110, section 12.5.3). */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .toLowerCase()
    .split(',')
    .some(entry => {
      const [name, ...parameters] = entry.split(';').map(part => part.trim())
      return (name === 'gzip' || name === 'x-gzip') && !parameters.some(part => /^q=0(?:\.0*)?$/.test(part))
    })
}

/** A signal that is aborted when the client closes its connection before the response is complete. */
export function clientSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new ClientGoneError())
  })
  return controller.signal
}

/** The head of a response, without what is about its transfer. */
export interface ResponseHead {
  readonly status: number
  readonly contentType: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** How long nothing may be sent before the connection is given up. It covers the time that the upstream may take. */
  readonly stallMs: number
}

/** Makes the client see that the body is not complete, even in HTTP/1.0 where the end of the connection ends it. */
async function* resetOnError(
  body: AsyncIterable<Uint8Array>,
  raw: ServerResponse,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    raw.socket?.resetAndDestroy()
    throw error
  }
}

/**
 * Streams a body to the client, compressed if it asks for that, no faster than it reads. The first chunk is awaited
 * before the head goes out, so that an error until then can still become a status, and so that `headOf` knows it.
 *
 * @throws what the body throws. If the response has begun, the connection is reset by then.
 */
export async function streamBody(
  request: FastifyRequest,
  reply: FastifyReply,
  headOf: () => ResponseHead,
  body: AsyncGenerator<Uint8Array, unknown, undefined>,
): Promise<void> {
  const first = await body.next()
  const head = headOf()
  const gzip = acceptsGzip(request.headers['accept-encoding'])
  reply.hijack()
  const { raw } = reply
  raw.writeHead(head.status, {
    ...(head.contentType === undefined ? {} : { 'content-type': head.contentType }),
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    vary: 'accept-encoding',
    ...head.headers,
  })
  raw.setTimeout(head.stallMs, () => raw.destroy())
  const whole = resetOnError(prepend(first, body), raw)
  const compress = gzip ? createGzip({ level: GZIP_LEVEL }) : undefined
  const sent = compress === undefined ? finished(raw) : pipeline(compress, raw)
  await Promise.all([writeAll(whole, compress ?? raw), sent])
}

async function* prepend(
  first: IteratorResult<Uint8Array, unknown>,
  rest: AsyncGenerator<Uint8Array, unknown, undefined>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
