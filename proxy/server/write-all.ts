import type { Writable } from 'node:stream'
import { ClientGoneError } from './errors.ts'

/**
 * Writes a body to a stream, and ends it. The next chunk is asked for when the stream has done with the one before: who made
 * that may use its memory again.
 *
 * @throws {ClientGoneError} if the stream closes before its end; what the body throws
 */
export async function writeAll(body: AsyncIterable<Uint8Array>, stream: Writable): Promise<void> {
  for await (const chunk of body) await write(chunk, stream)
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
