import type { Line } from '../../exposition/lines.ts'

const SPACE = 0x20
const TAB = 0x09

/** Where the series of a well-formed line ends. For other lines it may be anywhere in the line. */
export function guessSeriesEnd({ bytes, start, end, labelsEnd }: Line): number {
  if (labelsEnd !== -1) return labelsEnd
  let at = start
  while (at < end && isBlank(bytes[at])) at++
  while (at < end && isNameByte(bytes[at])) at++
  return at
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}

const NAME_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[a-zA-Z0-9_:]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

function isNameByte(byte: number | undefined): boolean {
  return byte !== undefined && NAME_BYTES[byte] === 1
}
