import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ChunkedDecoder } from '../../../../proxy/upstream/http1/chunked-decoder.ts'

/** Feeds a decoder with pieces; what came out, and how many bytes were not its own. */
function decode(pieces: readonly string[]): { body: string; excess: number; done: boolean } {
  const decoder = new ChunkedDecoder()
  let body = ''
  let excess = 0
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    const end = decoder.take({ view: bytes }, 0, bytes.length, chunk => {
      body += Buffer.from(chunk).toString('latin1')
      return true
    })
    excess += bytes.length - end
  }
  return { body, excess, done: decoder.done }
}

test('the data of chunks comes out, however they are cut', () => {
  const chunks = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }), { maxLength: 5 })
  fc.assert(
    fc.property(chunks, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (data, lengths) => {
      const framed = data.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
      const bytes = `${framed}0\r\n\r\n`
      const pieces: string[] = []
      for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 1)
        pieces.push(bytes.slice(at, at + (lengths.next().value ?? 1)))
      expect(decode(pieces)).toEqual({ body: data.join(''), excess: 0, done: true })
    }),
  )
})

test('bytes after the end are left alone', () => {
  expect(decode(['1\r\nx\r\n0\r\n\r\nHTTP'])).toEqual({ body: 'x', excess: 4, done: true })
})

test('data comes out before its chunk is complete', () => {
  expect(decode(['a\r\nxy'])).toEqual({ body: 'xy', excess: 0, done: false })
})

test('data is handed over as views of the buffer', () => {
  const bytes = Buffer.from('3\r\nabc\r\n')
  new ChunkedDecoder().take({ view: bytes }, 0, bytes.length, chunk => {
    expect([chunk.buffer, chunk.byteOffset - bytes.byteOffset]).toEqual([bytes.buffer, 3])
    return true
  })
  expect.assertions(1)
})

test.each([
  ['a size that is too long', `${'0'.repeat(300)}1\r\n`],
  ['an extension that is too long', `1;${'x'.repeat(300)}\r\n`],
  ['a control character in an extension', '1;\n\r\n'],
  ['the largest size and one more', '20000000000000\r\n'],
  ['a control character in a trailer', '0\r\nA: \0\r\n\r\n'],
  ['a trailer that ends with a bare newline', '0\r\nA: b\n\r\n'],
  ['a bare return after a size', '1\rx'],
])('refuses %s', (_name, bytes) => {
  expect(() => decode([bytes])).toThrow(expect.objectContaining({ code: 'E_HTTP_CHUNK' }))
})
