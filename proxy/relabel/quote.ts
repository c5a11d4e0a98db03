const NAMED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
])

/** Letters, marks, numbers, punctuation, symbols and the ASCII space: what Go's strconv.IsPrint lets through. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** Quotes a string as Go's `%q` does (strconv.Quote), so that messages read as Prometheus writes them. */
export function quote(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += NAMED_ESCAPES.get(character) ?? escapeUnprintable(character)
  return `${quoted}"`
}

function escapeUnprintable(character: string): string {
  if (PRINTABLE.test(character)) return character
  const codePoint = character.codePointAt(0) ?? 0
  const hex = codePoint.toString(16)
  if (codePoint < 0x80) return `\\x${hex.padStart(2, '0')}`
  return codePoint < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
