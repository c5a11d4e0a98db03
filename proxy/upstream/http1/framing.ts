import type { ResponseHead } from './head.ts'
import { ProtocolError } from './protocol-error.ts'

/** How the end of a body is known: after so many bytes, by the last chunk, or by the end of the connection. */
export type Framing = number | 'chunked' | 'close'

const DIGITS = /^\d+$/

/**
 * How the body of a response to GET is framed (RFC 9112, section 6.3). What could be read in two ways is refused.
 *
 * @throws {ProtocolError} for lengths that are none or several, unknown codings, or both a length and a coding
 */
export function framingOf({ status, fields }: ResponseHead): Framing {
  if (status === 204 || status === 304) return 0
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked')
      throw new ProtocolError('E_HTTP_HEAD', `Transfer-Encoding ${JSON.stringify(coding)} is not chunked`)
    if (length !== undefined)
      throw new ProtocolError('E_HTTP_HEAD', 'it has both Transfer-Encoding and Content-Length')
    return 'chunked'
  }
  if (length === undefined) return 'close'
  const bytes = Number(length)
  if (!DIGITS.test(length) || !Number.isSafeInteger(bytes))
    throw new ProtocolError('E_HTTP_HEAD', `Content-Length ${JSON.stringify(length)} is not one length`)
  return bytes
}

/** Whether another request can follow on the connection (RFC 9112, sections 6.1 and 9.3). */
export function keepsConnection({ minorVersion, fields }: ResponseHead, framing: Framing): boolean {
  if (framing === 'close') return false
  const options = (fields.get('connection') ?? '').split(',').map(option => option.trim().toLowerCase())
  if (options.includes('close')) return false
  return minorVersion === 1 || (options.includes('keep-alive') && framing !== 'chunked')
}
