import type { Writable } from 'node:stream'
import { endsSlice } from '../gate/slice-pool.ts'
import { ClientGoneError } from './errors.ts'

/**
 * Writes a body to a stream no faster than that takes it, and ends it. After a chunk that ends its slice, the next one is asked for
 * when the stream has done with all so far: who made them may use their memory again. A small body leaves in one piece with its end.
 *
 * @throws {ClientGoneError} if the stream closes before its end; what the body throws
 */
export async function writeAll(body: AsyncIterable<Uint8Array>, stream: Writable): Promise<void> {
  for await (const chunk of body) {
    if (endsSlice(chunk) || stream.writableNeedDrain) await write(chunk, stream)
    else stream.write(chunk)
  }
  stream.end()
}

/** Writes a chunk, and waits until it has been written: what is waited for may never come where a stream closes. */
function write(chunk: Uint8Array, stream: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new ClientGoneError())
    stream.once('close', closed)
    stream.write(chunk, error => {
      stream.off('close', closed)
      if (error) reject(error)
      else resolve()
    })
  })
}
