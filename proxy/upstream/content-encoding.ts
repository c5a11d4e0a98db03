import { pipeline, Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { IterableBody } from './body.ts'
import { UpstreamError } from './errors.ts'
import type { UpstreamBody } from './upstream.ts'

/**
 * The body without its content encoding. None is asked for, but some applications compress regardless.
 *
 * @throws {UpstreamError} for an encoding that cannot be read; the body throws the decoder's error
 */
export function decode(url: string, body: UpstreamBody, encoding: string | undefined): UpstreamBody {
  const name = encoding?.trim().toLowerCase() ?? ''
  if (name === '' || name === 'identity') return body
  if (name !== 'gzip' && name !== 'x-gzip' && name !== 'deflate')
    throw new UpstreamError(
      'E_UPSTREAM_ENCODING',
      `upstream ${url}: the body has Content-Encoding ${JSON.stringify(encoding)}, which was not asked for and cannot be read`,
    )
  const decoder = name === 'deflate' ? createInflate() : createGunzip()
  // An error of either stream ends both, and reaches whoever reads the decoder.
  return new IterableBody(pipeline(Readable.from(body, { objectMode: false }), decoder, () => undefined))
}
