import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { DiscardingClient, parseHead } from '../../bench/discarding-client.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that answers each request by these writes, one after the other has been flushed. */
async function serve(
  ...writes: readonly string[]
): Promise<{ client: DiscardingClient; connections: () => number; close: (socket: Socket) => void }> {
  let count = 0
  const server = createServer(socket => {
    count++
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    socket.on('data', async () => {
      for (const text of writes) {
        if (text === 'FIN') socket.end()
        else await new Promise(resolve => socket.write(text, resolve))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = new DiscardingClient((server.address() as AddressInfo).port)
  closers.push(
    () => client.close(),
    () => server.close(),
  )
  return { client, connections: () => count, close: socket => socket.end() }
}

describe('the end of a body is seen', () => {
  test.each([
    ['by its length', ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', '01234', '56789'], 10],
    ['by its length of nothing', ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'], 0],
    [
      'by the last chunk',
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '3\r\nabc\r\n', '0\r\n\r\n'],
      13,
    ],
    [
      'by the last chunk in pieces',
      ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0', '\r', '\n\r', '\n'],
      13,
    ],
    ['by the only chunk', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '0\r\n\r\n'], 5],
    ['by the end of the connection', ['HTTP/1.1 200 OK\r\n\r\n', 'abc', 'FIN'], 3],
    ['after a head in pieces', ['HTTP/1.1 2', '00 OK\r\nContent-Length: 3\r', '\n\r', '\nabc'], 3],
  ])('%s', async (_how, writes, bodyBytes) => {
    const { client } = await serve(...writes)
    expect(await client.get('/metrics')).toEqual({ status: 200, bodyBytes })
  })
})

test('the connection is kept', async () => {
  const { client, connections } = await serve('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc')
  for (let request = 0; request < 3; request++) await client.get('/metrics')
  expect(connections()).toBe(1)
})

test.each([
  ['a status that is not 200', ['HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'], 'status 502'],
  [
    'a body that breaks off',
    ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n', 'abc', 'FIN'],
    'the connection was closed',
  ],
  ['what is not HTTP', ['SSH-2.0-OpenSSH_9.9\r\n\r\n'], 'not a response of HTTP/1.1: "SSH-2.0-OpenSSH_9.9"'],
])('%s is an error', async (_what, writes, message) => {
  const { client } = await serve(...writes)
  await expect(client.get('/metrics')).rejects.toThrow(message)
})

test('a server that is not there is an error', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  await expect(new DiscardingClient(port).get('/metrics')).rejects.toThrow('ECONNREFUSED')
})

test('chunked goes before a length', () => {
  expect(parseHead('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked')).toEqual({
    status: 200,
    framing: 'chunked',
  })
})
