/** A regular file of an archive: where it goes, what is in it, and its permission bits. */
export interface TarEntry {
  readonly path: string
  readonly content: Buffer
  readonly mode: number
}

const BLOCK = 512

/**
 * Writes files as a POSIX ustar archive that is the same for the same entries: no times and no owners but root.
 * @throws RangeError for a path of more than 100 bytes
 */
export function tar(entries: readonly TarEntry[]): Buffer {
  const files = entries.flatMap(entry => [header(entry), entry.content, padding(entry.content.length)])
  return Buffer.concat([...files, Buffer.alloc(2 * BLOCK)])
}

/** The header of one file: fixed fields, octal numbers (POSIX.1-2017, pax, "ustar Interchange Format"). */
function header({ path, content, mode }: TarEntry): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`a path of at most 100 bytes is wanted: ${path}`)
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, offset: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'latin1')
  block.write(path, 0)
  octal(mode, 100, 7)
  octal(0, 108, 7) // owner
  octal(0, 116, 7) // group
  octal(content.length, 124, 11)
  octal(0, 136, 11) // time of modification
  block.write('0', 156, 'latin1') // a regular file
  block.write('ustar\u000000', 257, 'latin1')
  // The checksum adds up the header's bytes, with spaces for itself.
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

function padding(length: number): Buffer {
  return Buffer.alloc((BLOCK - (length % BLOCK)) % BLOCK)
}
