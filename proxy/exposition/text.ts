import { isUtf8 } from 'node:buffer'

/**
 * Lines are parsed as strings with one character for each byte (Latin-1), so that positions are byte positions.
 * What leaves the parser is real text: this file converts and unescapes it.
 */

const NON_ASCII = /[^\0-\x7f]/

/** The text that a string of bytes encodes in UTF-8; undefined when it is not valid UTF-8. */
export function decodeUtf8(bytes: string): string | undefined {
  if (!NON_ASCII.test(bytes)) return bytes
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined
}

/**
 * Resolves `\\`, `\"` and `\n`; any other backslash stays as it is. Source: lvalReplacer in Prometheus'
 * model/textparse/promparse.go.
 */
export function unescapeLabel(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

const NEEDS_ESCAPE = /[\\"\n]/

/** Whether `escapeLabel` changes a text. */
export function needsEscape(text: string): boolean {
  return NEEDS_ESCAPE.test(text)
}

/** Escapes what a quoted label value or name may not contain: backslash, quote and newline. */
export function escapeLabel(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text
  return text.replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))
}

/** The match of a sticky expression at position `at`, or null. */
export function matchAt(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at
  return expression.exec(text)
}
