/**
 * Upper and lower casing as Go's strings.ToUpper and strings.ToLower do it: each code point by its simple, one to
 * one Unicode mapping. JavaScript uses the full mappings (ß → SS, İ → i and a combining dot, the final sigma), so
 * its result counts only when it is one code point; the few code points whose simple mapping it does not show are
 * listed here. The mappings are those of Unicode 15, the version of Go's unicode package that Prometheus is built
 * with, whatever version the JavaScript engine has.
 */

/** Has a simple upper case (its title case, GREEK … WITH PROSGEGRAMMENI), but a full one of two code points. */
const WITH_YPOGEGRAMMENI = /^[\u1f80-\u1f87\u1f90-\u1f97\u1fa0-\u1fa7\u1fb3\u1fc3\u1ff3]$/

/** Letters that got a case, or whose other case was added, after Unicode 15. */
const CASELESS_IN_UNICODE_15 =
  /^[\u019b\u0264\u1c89\u1c8a\ua7cb-\ua7cf\ua7d2-\ua7d5\ua7da-\ua7dc\u{10d50}-\u{10d85}\u{16ea0}-\u{16ed3}]$/u

const NON_ASCII = /[^\0-\x7f]/

/** Maps each code point of a text to its simple upper case. */
export function toUpper(text: string): string {
  return NON_ASCII.test(text) ? mapCodePoints(text, upperCodePoint) : text.toUpperCase()
}

/** Maps each code point of a text to its simple lower case. */
export function toLower(text: string): string {
  return NON_ASCII.test(text) ? mapCodePoints(text, lowerCodePoint) : text.toLowerCase()
}

function mapCodePoints(text: string, map: (character: string) => string): string {
  let mapped = ''
  for (const character of text) mapped += CASELESS_IN_UNICODE_15.test(character) ? character : map(character)
  return mapped
}

function upperCodePoint(character: string): string {
  if (WITH_YPOGEGRAMMENI.test(character)) {
    const codePoint = character.charCodeAt(0)
    return String.fromCharCode(codePoint + (codePoint < 0x1fb0 ? 8 : 9))
  }
  return oneToOne(character, character.toUpperCase())
}

function lowerCodePoint(character: string): string {
  return character === 'İ' ? 'i' : oneToOne(character, character.toLowerCase())
}

function oneToOne(character: string, mapped: string): string {
  const first = mapped.codePointAt(0) ?? 0
  return mapped.length === (first > 0xffff ? 2 : 1) ? mapped : character
}
