import { Writable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { OUTPUT_SLICE_BYTES } from '../../../proxy/limits.ts'
import { writeAll } from '../../../proxy/server/write-all.ts'

/** A stream that takes a chunk when it is told to; what it was given is in `pieces`, by length. */
function heldStream(): { stream: Writable; pieces: number[]; proceed: () => void } {
  const pieces: number[] = []
  let proceed = (): void => {
    throw new Error('BUG: nothing was written')
  }
  const stream = new Writable({
    highWaterMark: 1024,
    write: (chunk: Uint8Array, _encoding, done) => {
      pieces.push(chunk.length)
      proceed = () => done()
    },
  })
  return { stream, pieces, proceed: () => proceed() }
}

/** Chunks of a body, and how many have been asked for. */
function body(chunks: readonly Uint8Array[]): { source: AsyncIterable<Uint8Array>; asked: () => number } {
  let asked = 0
  async function* generate(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      asked++
      yield chunk
    }
    asked++
  }
  return { source: generate(), asked: () => asked }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

test('a small body has ended before the stream has taken any of it', async () => {
  const { stream } = heldStream()
  await writeAll(body([Buffer.alloc(10)]).source, stream)
  expect(stream.writableEnded).toBe(true)
})

test('after the end of a slice nothing is asked for before the stream has done with it', async () => {
  const { stream, proceed } = heldStream()
  const slice = Buffer.allocUnsafeSlow(OUTPUT_SLICE_BYTES)
  const { source, asked } = body([slice, Buffer.alloc(10)])
  const written = writeAll(source, stream)
  await turn()
  expect(asked()).toBe(1)
  proceed()
  await written
  expect(asked()).toBe(3)
})

test('a stream that is full gets one chunk more, and is waited for', async () => {
  const { stream, pieces, proceed } = heldStream()
  const { source, asked } = body(Array.from({ length: 5 }, () => Buffer.alloc(2048)))
  const written = writeAll(source, stream)
  await turn()
  expect(asked()).toBe(2)
  while (pieces.length < 5) {
    proceed()
    await turn()
  }
  await written
  expect(asked()).toBe(6)
})

test('a stream that closes while it is waited for ends the body', async () => {
  const { stream } = heldStream()
  const { source } = body([Buffer.alloc(2048), Buffer.alloc(2048), Buffer.alloc(2048)])
  const written = writeAll(source, stream)
  await turn()
  stream.destroy()
  await expect(written).rejects.toMatchObject({ code: 'E_CLIENT_GONE' })
})
