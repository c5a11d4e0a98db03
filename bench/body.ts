import { type Random, shuffle } from './random.ts'

const SLAB_BYTES = 16 * 2 ** 20
const NEWLINE = 0x0a
const HASH = 0x23

/** Puts pieces of ASCII text together. */
export function bodyOf(pieces: Iterable<string>): Buffer {
  const slabs: Buffer[] = []
  let slab = Buffer.allocUnsafe(SLAB_BYTES)
  let filled = 0
  for (const piece of pieces) {
    if (filled + piece.length > slab.length) {
      slabs.push(slab.subarray(0, filled))
      slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, piece.length))
      filled = 0
    }
    filled += slab.write(piece, filled, 'latin1')
  }
  return Buffer.concat([...slabs, slab.subarray(0, filled)])
}

/** How many lines a body has that ends with a newline. */
export function countLines(body: Buffer): number {
  let count = 0
  for (let at = body.indexOf(NEWLINE); at !== -1; at = body.indexOf(NEWLINE, at + 1)) count++
  return count
}

/** The same exposition, in which the samples of each family are in random order. Metadata stays in its place. */
export function shuffleSamples(body: Buffer, random: Random): Buffer {
  const starts = lineStarts(body)
  const order = Uint32Array.from({ length: starts.length - 1 }, (_, line) => line)
  const isSample = (line: number): boolean => body[starts[line] ?? 0] !== HASH
  for (let first = 0; first < order.length; first++) {
    if (!isSample(first)) continue
    let end = first
    while (end < order.length && isSample(end)) end++
    shuffle(order.subarray(first, end), random)
    first = end
  }
  const result = Buffer.allocUnsafe(body.length)
  let filled = 0
  for (const line of order) filled += body.copy(result, filled, starts[line], starts[line + 1])
  return result
}

/** Where each line starts, and where the last one ends. */
function lineStarts(body: Buffer): Uint32Array {
  const starts = new Uint32Array(countLines(body) + 1)
  for (let line = 1; line < starts.length; line++) starts[line] = body.indexOf(NEWLINE, starts[line - 1]) + 1
  return starts
}
