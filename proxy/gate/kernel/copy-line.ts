import type { Line } from '../../exposition/lines.ts'

/** The line in bytes of its own: those of the kernel are lost when its memory grows while the line is read. */
export function copyLine({ bytes, start, end, labelsEnd }: Line): Line {
  return {
    bytes: Buffer.from(bytes.subarray(start, end)),
    start: 0,
    end: end - start,
    labelsEnd: labelsEnd === -1 ? -1 : labelsEnd - start,
  }
}
