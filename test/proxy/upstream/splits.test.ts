import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CLIENTS, READERS, requestWith } from './clients.ts'
import { type RawServer, send, startRawServer } from './raw-server.ts'

/** A body, how it is framed, and at which bytes its response is cut in pieces that are sent one by one. */
const responses = fc
  .record({
    pieces: fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 8 }),
    /** So that the body is larger than what is read with the head. */
    padding: fc.constantFrom(0, 0, 5000),
    framing: fc.constantFrom('length', 'chunks', 'close'),
    isInterim: fc.boolean(),
    extension: fc.constantFrom('', ';a', ';a="b c"'),
    trailers: fc.constantFrom('', 'A: b\r\n', 'A: b\r\nC: d\r\n'),
  })
  .map(({ pieces, padding, framing, isInterim, extension, trailers }) => {
    const all = padding === 0 ? pieces : [...pieces, 'x'.repeat(padding)]
    const body = all.join('')
    const chunk = (data: string): string => `${data.length.toString(16)}${extension}\r\n${data}\r\n`
    const parts = {
      length: { field: `Content-Length: ${body.length}\r\n`, content: body },
      chunks: {
        field: 'Transfer-Encoding: chunked\r\n',
        content: `${all.map(chunk).join('')}0\r\n${trailers}\r\n`,
      },
      close: { field: '', content: body },
    }
    const { field, content } = parts[framing]
    const interim = isInterim ? 'HTTP/1.1 102 Processing\r\n\r\n' : ''
    return { body, framing, bytes: `${interim}HTTP/1.1 200 OK\r\n${field}\r\n${content}` }
  })
  .chain(response =>
    fc.record({
      response: fc.constant(response),
      cuts: fc
        .array(fc.nat(response.bytes.length), { maxLength: 12 })
        .map(cuts => [0, ...cuts.sort((a, b) => a - b), response.bytes.length]),
    }),
  )

describe.each(CLIENTS)('%s', (_client, upstreamAt) => {
  let server: RawServer
  let next: { readonly pieces: readonly string[]; readonly closes: boolean }

  beforeEach(async () => {
    server = await startRawServer(async socket => {
      const { pieces, closes } = next
      for (const piece of pieces) {
        await send(socket, piece)
        // The client reads what has come before the rest is sent.
        await setImmediate()
        await setImmediate()
      }
      if (closes) socket.end()
    })
  })

  afterEach(() => server.stop())

  test.each(READERS)('a body is the same however its response is cut: %s', async (_reader, read) => {
    const upstream = upstreamAt(server.url)
    await fc.assert(
      fc.asyncProperty(responses, async ({ response, cuts }) => {
        const pieces = cuts.slice(1).map((end, index) => response.bytes.slice(cuts[index], end))
        next = { pieces, closes: response.framing === 'close' }
        expect(await read(await upstream.open(requestWith()))).toBe(response.body)
      }),
      { numRuns: 100 },
    )
    await upstream.close()
  })
})
