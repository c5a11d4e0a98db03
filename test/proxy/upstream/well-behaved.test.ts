import { afterEach, describe, expect, test } from '@jest/globals'
import type { Upstream } from '../../../proxy/upstream/upstream.ts'
import { CLIENTS, READERS, requestWith } from './clients.ts'
import { type RawServer, send, startRawServer } from './raw-server.ts'

let server: RawServer
let upstream: Upstream

afterEach(async () => {
  await upstream.close()
  await server.stop()
})

/** Responses as bytes, and the body that they carry. A server that ends the connection afterwards is marked. */
const RESPONSES: readonly { name: string; bytes: string; body: string; status?: number; closes?: true }[] = [
  {
    name: 'a body with a length',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n',
    body: 'up 1\n',
  },
  { name: 'an empty body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', body: '' },
  { name: 'no reason', bytes: 'HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\nx', body: 'x' },
  {
    name: 'names in any case, blanks before values, and none of both',
    bytes: 'HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: \t 1\r\nA:b\r\nX:\r\n\r\nx',
    body: 'x',
  },
  {
    name: 'chunks',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nup \r\n2\r\n1\n\r\n0\r\n\r\n',
    body: 'up 1\n',
  },
  {
    name: 'chunks with sizes in either case and leading zeros',
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0a\r\n${'a'.repeat(10)}\r\n000B\r\n${'b'.repeat(11)}\r\n00\r\n\r\n`,
    body: 'a'.repeat(10) + 'b'.repeat(11),
  },
  {
    name: 'chunk extensions',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b;c="d"\r\nx\r\n0;e\r\n\r\n',
    body: 'x',
  },
  {
    name: 'trailers',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n',
    body: 'x',
  },
  {
    name: 'only the last chunk',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    body: '',
  },
  { name: 'a body until the end', bytes: 'HTTP/1.1 200 OK\r\n\r\nup 1\n', body: 'up 1\n', closes: true },
  { name: 'HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nup 1\n', body: 'up 1\n', closes: true },
  {
    name: 'HTTP/1.0 with a length',
    bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx',
    body: 'x',
    closes: true,
  },
  {
    name: 'interim responses first',
    bytes: `${'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'.repeat(3)}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx`,
    body: 'x',
  },
  { name: 'status 204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', body: '', status: 204 },
  {
    name: 'status 304, whose length is not its own',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n',
    body: '',
    status: 304,
  },
  {
    name: 'any bytes in the body',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n\0\r\n\r\n\xff',
    body: '\0\r\n\r\n\xff',
  },
]

describe.each(CLIENTS)('%s', (_client, upstreamAt) => {
  describe.each(READERS)('%s', (_reader, read) => {
    test.each(RESPONSES)('understands $name', async ({ bytes, body, status = 200, closes }) => {
      server = await startRawServer(async socket => {
        await send(socket, bytes)
        if (closes) socket.end()
      })
      upstream = upstreamAt(server.url)
      // Twice, because the second response can come on the connection of the first one.
      for (let round = 0; round < 2; round++) {
        const response = await upstream.open(requestWith())
        expect([response.status, await read(response)]).toEqual([status, body])
      }
    })
  })

  test('does not use a connection again that the server wants to close', async () => {
    server = await startRawServer(socket =>
      send(socket, 'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 1\r\n\r\nx'),
    )
    upstream = upstreamAt(server.url)
    for (let round = 0; round < 2; round++) for await (const _ of (await upstream.open(requestWith())).body);
    expect(server.connections()).toBe(2)
  })
})
