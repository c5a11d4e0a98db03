import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Upstream } from '../../../proxy/upstream/upstream.ts'
import { CLIENTS, iterated, pumped, requestWith } from './clients.ts'
import { type RawServer, send, startRawServer } from './raw-server.ts'

let server: RawServer
let upstream: Upstream

afterEach(async () => {
  await upstream.close()
  await server.stop()
})

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`

/** What is no response: requests for it fail. */
const HEADS: readonly [name: string, bytes: string][] = [
  ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['TLS', '\x15\x03\x01\x00\x02\x02\x46'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status that is no number', 'HTTP/1.1 2xx OK\r\nContent-Length: 0\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n'],
  ['a head without end', `${OK}X: ${'x'.repeat(100_000)}`],
  ['a head that is too large', `${OK}X: ${'x'.repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`],
  ['too many header fields', `${OK}${'X: y\r\n'.repeat(10_000)}\r\n`],
  ['a field without a colon', `${OK}Content-Length\r\n\r\n`],
  ['a field without a name', `${OK}: x\r\nContent-Length: 0\r\n\r\n`],
  ['a blank before the colon', `${OK}Content-Length : 0\r\n\r\n`],
  ['a continued line', `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
  ['a NUL in a value', `${OK}Content-Type: text/plain\0x\r\nContent-Length: 0\r\n\r\n`],
  ['a bare return in a value', `${OK}X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n`],
  ['a negative length', `${OK}Content-Length: -1\r\n\r\n`],
  ['a length with a sign', `${OK}Content-Length: +1\r\n\r\nx`],
  ['a hexadecimal length', `${OK}Content-Length: 0x1\r\n\r\nx`],
  ['a length with a fraction', `${OK}Content-Length: 1.0\r\n\r\nx`],
  ['no length after the colon', `${OK}Content-Length:\r\n\r\n`],
  ['a length that overflows', `${OK}Content-Length: 18446744073709551617\r\n\r\nx`],
  ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy`],
  ['two lengths in one field', `${OK}Content-Length: 1, 2\r\n\r\nxy`],
  [
    'both a length and chunks',
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
  ],
]

/** What breaks off or is wrong after a good head: the body fails. */
const BODIES: readonly [name: string, bytes: string][] = [
  ['less than its length', `${OK}Content-Length: 10\r\n\r\nx`],
  ['chunks without a last one', `${CHUNKED}1\r\nx\r\n`],
  ['a chunk that is cut', `${CHUNKED}a\r\nx`],
  ['a size that is cut', `${CHUNKED}1\r\nx\r\n1`],
  ['trailers that are cut', `${CHUNKED}0\r\nA: b\r\n`],
  ['no size', `${CHUNKED}\r\nx\r\n0\r\n\r\n`],
  ['a size that is no number', `${CHUNKED}zz\r\nx\r\n0\r\n\r\n`],
  ['a negative size', `${CHUNKED}-1\r\nx\r\n0\r\n\r\n`],
  ['a size with a sign', `${CHUNKED}+1\r\nx\r\n0\r\n\r\n`],
  ['a size with 0x', `${CHUNKED}0x1\r\nx\r\n0\r\n\r\n`],
  ['a blank before a size', `${CHUNKED} 1\r\nx\r\n0\r\n\r\n`],
  ['a blank after a size', `${CHUNKED}1 \r\nx\r\n0\r\n\r\n`],
  ['a size that overflows', `${CHUNKED}10000000000000001\r\nx\r\n0\r\n\r\n`],
  ['a huge size', `${CHUNKED}fffffffffffff\r\nx`],
  ['a size that ends with a bare newline', `${CHUNKED}1\nx\r\n0\r\n\r\n`],
  ['a chunk that is longer than its size', `${CHUNKED}1\r\nxy\r\n0\r\n\r\n`],
  ['a chunk that is shorter than its size', `${CHUNKED}3\r\nx\r\n0\r\n\r\n`],
  ['a chunk that ends with a bare newline', `${CHUNKED}1\r\nx\n0\r\n\r\n`],
  ['endless trailers', `${CHUNKED}0\r\n${'A: b\r\n'.repeat(20_000)}`],
]

describe.each(CLIENTS)('%s', (_client, upstreamAt) => {
  async function serve(answer: (socket: Socket) => void | Promise<void>): Promise<void> {
    server = await startRawServer(answer)
    upstream = upstreamAt(server.url)
  }

  test.each(HEADS)('refuses %s', async (_name, bytes) => {
    await serve(socket => send(socket, bytes))
    await expect(upstream.open(requestWith())).rejects.toMatchObject({
      code: 'E_UPSTREAM_HEADERS',
      message: expect.stringContaining(`upstream ${server.url}: the`),
    })
  })

  describe.each([
    ['iterated over', iterated],
    ['pumped', pumped],
  ])('%s', (_reader, read) => {
    test.each(BODIES)('refuses %s', async (_name, bytes) => {
      await serve(async socket => {
        await send(socket, bytes)
        socket.end()
      })
      await expect(upstream.open(requestWith()).then(read)).rejects.toMatchObject({
        code: 'E_UPSTREAM_BODY',
        message: expect.stringContaining(`upstream ${server.url}: the body broke off (`),
      })
    })
  })

  test.each([
    ['nothing', ''],
    ['half a head', OK],
  ])('explains a connection that is closed after %s', async (_name, bytes) => {
    await serve(async socket => {
      await send(socket, bytes)
      socket.end()
    })
    await expect(upstream.open(requestWith())).rejects.toMatchObject({
      code: expect.stringMatching(/^E_UPSTREAM_(CONNECT|HEADERS)$/),
    })
  })

  test('does not take bytes after the end for the answer to the next request', async () => {
    let request = 0
    await serve(socket =>
      send(
        socket,
        request++ === 0
          ? `${OK}Content-Length: 1\r\n\r\nx${OK}Content-Length: 6\r\n\r\npoison`
          : `${OK}Content-Length: 1\r\n\r\ny`,
      ),
    )
    expect(await pumped(await upstream.open(requestWith()))).toBe('x')
    expect(await pumped(await upstream.open(requestWith()))).toBe('y')
  })
})
