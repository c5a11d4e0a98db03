import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { RESPONSE_HEAD_BYTES_MAX } from '../../../../proxy/limits.ts'
import { HeadBuffer } from '../../../../proxy/upstream/http1/head-buffer.ts'

/** Writes bytes into the room as reads of a socket do, and takes a head after each of them. */
function feed(buffer: HeadBuffer, pieces: readonly string[]): string[] {
  const heads: string[] = []
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const { room } = buffer
      const length = Math.min(room.length, piece.length - at)
      room.set(Buffer.from(piece.slice(at, at + length), 'latin1'))
      buffer.written(length)
      at += length
      for (let head = buffer.take(); head !== undefined; head = buffer.take()) heads.push(head)
    }
  }
  return heads
}

test('heads come out however they are cut, and what follows stays', () => {
  const head = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r\na'), maxLength: 3000 })
  const ending = fc.constantFrom('\r\n\r\n', '\n\n', '\n\r\n')
  fc.assert(
    fc.property(fc.array(fc.tuple(head, ending), { minLength: 1, maxLength: 2 }), fc.nat(), (parts, seed) => {
      const heads = parts.map(([text]) => `HTTP/1.1 ${text}`)
      const bytes = parts.map(([, end], index) => `${heads[index]}${end}`).join('')
      const cut = seed % bytes.length
      const buffer = new HeadBuffer()
      const found = feed(buffer, [bytes.slice(0, cut), bytes.slice(cut)])
      expect(found.map(text => text.replace(/\r$/, ''))).toEqual(heads)
    }),
  )
})

test('what follows a head is the rest', () => {
  const buffer = new HeadBuffer()
  feed(buffer, ['HTTP/1.1 200\r\n\r\nHTTP/1.1'])
  expect(Buffer.from(buffer.rest).toString()).toBe('HTTP/1.1')
})

test('it can be used again', () => {
  const buffer = new HeadBuffer()
  feed(buffer, ['HTTP/1.1 200\r\n\r\nHTTP'])
  buffer.reset()
  expect(buffer.isEmpty).toBe(true)
  expect(feed(buffer, ['HTTP/1.1 204\r\n\r\n'])).toEqual(['HTTP/1.1 204\r'])
})

describe('refuses', () => {
  test.each(['x', 'HTTP/2', 'HTTP/1 ', '\r\nHTTP/1.1'])('%j at once', bytes => {
    expect(() => feed(new HeadBuffer(), [bytes])).toThrow(expect.objectContaining({ code: 'E_HTTP_HEAD' }))
  })

  test('a head when it fills the largest buffer', () => {
    const buffer = new HeadBuffer()
    feed(buffer, [`HTTP/1.1 ${'x'.repeat(RESPONSE_HEAD_BYTES_MAX - 10)}`])
    expect(() => feed(buffer, ['x'])).toThrow(expect.objectContaining({ code: 'E_HTTP_HEAD_SIZE' }))
  })

  test('TLS with a hint', () => {
    expect(() => feed(new HeadBuffer(), ['\x15\x03'])).toThrow('does the application serve https?')
  })
})
