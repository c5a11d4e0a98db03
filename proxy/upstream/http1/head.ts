import { RESPONSE_FIELDS_MAX } from '../../limits.ts'
import { ProtocolError } from './protocol-error.ts'

/** The head of a response (RFC 9112, sections 4 and 5). */
export interface ResponseHead {
  readonly status: number
  /** Of HTTP/1.0 or HTTP/1.1. */
  readonly minorVersion: 0 | 1
  /** Values by lower-case name, each character a byte; what came several times is joined by commas. */
  readonly fields: ReadonlyMap<string, string>
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
const QUOTED_CHARS_MAX = 40

function invalid(what: string, line: string): ProtocolError {
  return new ProtocolError('E_HTTP_HEAD', `${what}: ${JSON.stringify(line.slice(0, QUOTED_CHARS_MAX))}`)
}

/** Without the blanks and tabs around it: `String.trim` would take more than those. */
function trimBlanks(value: string): string {
  const isBlank = (at: number): boolean => value[at] === ' ' || value[at] === '\t'
  let start = 0
  let end = value.length
  while (start < end && isBlank(start)) start++
  while (end > start && isBlank(end - 1)) end--
  return value.slice(start, end)
}

/**
 * Parses a head without the empty line that ends it. Lines may end with a bare newline, as Go's client has it; continued
 * lines and blanks before the colon are refused.
 *
 * @throws {ProtocolError} for what is not a head, or has more than RESPONSE_FIELDS_MAX fields
 */
export function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text
    .split('\n')
    .map(line => (line.endsWith('\r') ? line.slice(0, -1) : line))
  const status = STATUS_LINE.exec(statusLine)
  if (status === null) throw invalid('it begins with', statusLine)
  if (lines.length > RESPONSE_FIELDS_MAX)
    throw new ProtocolError('E_HTTP_HEAD_SIZE', `it has ${lines.length} header fields`)
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = trimBlanks(line.slice(colon + 1))
    if (colon === -1 || !NAME.test(name) || !VALUE.test(value)) throw invalid('this is no header field', line)
    const before = fields.get(name)
    fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return { status: Number(status[2]), minorVersion: status[1] === '0' ? 0 : 1, fields }
}
