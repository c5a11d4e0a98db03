import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ReceiveBuffer } from '../../../../proxy/upstream/http1/receive-buffer.ts'
import { Http1Transport } from '../../../../proxy/upstream/http1/transport.ts'
import type { TransportResponse } from '../../../../proxy/upstream/transport.ts'
import { type RawServer, send, startRawServer } from '../raw-server.ts'

let server: RawServer
let transport: Http1Transport

afterEach(async () => {
  await server.stop()
  await transport.close()
})

async function serve(
  answer: (socket: Socket, request: number) => void | Promise<void>,
  receive?: ReceiveBuffer,
): Promise<void> {
  server = await startRawServer(answer)
  transport = new Http1Transport(new URL(server.url), receive)
}

function get(signal = new AbortController().signal): Promise<TransportResponse> {
  return transport.get({ path: '/', headers: {}, signal })
}

async function textOf({ body }: TransportResponse): Promise<string> {
  let text = ''
  await body.pump(chunk => {
    text += Buffer.from(chunk).toString('latin1')
    return true
  })
  return text
}

/** Turns of the event loop in which something could happen that must not. */
async function someTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate()
}

const X = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx'

describe('a connection', () => {
  test.each([
    ['a length', X],
    ['chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
    ['HTTP/1.0 that keeps it', 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx'],
  ])('is used again at once after a body with %s', async (_name, bytes) => {
    await serve(socket => send(socket, bytes))
    for (let round = 0; round < 5; round++) expect(await textOf(await get())).toBe('x')
    expect(server.connections()).toBe(1)
  })

  test('is used again when a small body was not wanted', async () => {
    await serve(socket => send(socket, X))
    for (let round = 0; round < 2; round++) await (await get()).discard()
    expect(server.connections()).toBe(1)
  })

  test('is closed when a large body is not wanted', async () => {
    await serve(async (socket, request) => {
      if (request > 0) return send(socket, X)
      await send(socket, 'HTTP/1.1 200 OK\r\n\r\n')
      const closed = once(socket, 'close')
      while (!socket.destroyed) await Promise.race([send(socket, 'x'.repeat(100_000)), closed])
    })
    await (await get()).discard()
    expect(await textOf(await get())).toBe('x')
  })

  test('is not used again when something came that was not asked for', async () => {
    let unasked: Promise<unknown> | undefined
    await serve(async (socket, request) => {
      await send(socket, X)
      if (request === 0) unasked = send(socket, X.replace(/x$/, 'y')).then(() => once(socket, 'close'))
    })
    expect(await textOf(await get())).toBe('x')
    await unasked
    expect(await textOf(await get())).toBe('x')
    expect(server.connections()).toBe(2)
  })

  test('that was kept and is closed without an answer is replaced, once', async () => {
    await serve((socket, request) => (request === 0 ? send(socket, X) : void socket.destroy()))
    await textOf(await get())
    await expect(get()).rejects.toThrow()
    expect([server.requests.length, server.connections()]).toEqual([3, 2])
  })

  test('that was kept and is closed within an answer is not replaced', async () => {
    await serve(async (socket, request) => {
      await send(socket, request === 0 ? X : 'HTTP/1.1 200')
      if (request > 0) socket.end()
    })
    await textOf(await get())
    await expect(get()).rejects.toMatchObject({ code: 'E_HTTP_CUT' })
    expect(server.requests).toHaveLength(2)
  })

  test('that is new and is closed without an answer is an error', async () => {
    await serve(socket => void socket.end())
    await expect(get()).rejects.toMatchObject({ code: 'E_HTTP_NO_RESPONSE' })
    expect(server.requests).toHaveLength(1)
  })

  test('is opened for each of several requests at once; two of them are kept', async () => {
    await serve(socket => send(socket, X))
    const round = async () => {
      const responses = await Promise.all([get(), get(), get()])
      for (const response of responses) expect(await textOf(response)).toBe('x')
    }
    await round()
    await round()
    expect(server.connections()).toBe(4)
  })
})

describe('a response', () => {
  test.each([
    ['100 Continue first', `HTTP/1.1 100 Continue\r\n\r\n${X}`],
    ['blanks after values', 'HTTP/1.1 200 OK\r\nContent-Length: 1 \t \r\n\r\nx'],
    ['bare newlines in the head, as Go has it', 'HTTP/1.1 200 OK\nContent-Length: 1\n\nx'],
    ['no blank after the status', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx'],
  ])('may have %s', async (_name, bytes) => {
    await serve(socket => send(socket, bytes))
    expect(await textOf(await get())).toBe('x')
  })

  test.each([
    ['a status line without end', `HTTP/1.1 200 ${'x'.repeat(100_000)}`],
    ['endless interim responses', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5000)],
    ['many header fields', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(300)}\r\n`],
  ])('is refused for %s', async (_name, bytes) => {
    await serve(socket => send(socket, bytes))
    await expect(get()).rejects.toMatchObject({ code: 'E_HTTP_HEAD_SIZE' })
  })

  test.each([
    ['a coding other than chunked', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['chunks declared twice', `HTTP/1.1 200 OK\r\n${'Transfer-Encoding: chunked\r\n'.repeat(2)}\r\n`],
    ['another protocol that it switches to', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ])('is refused for %s', async (_name, bytes) => {
    await serve(socket => send(socket, bytes))
    await expect(get()).rejects.toMatchObject({ code: 'E_HTTP_HEAD' })
  })

  test('whose connection breaks is not taken for one that ends with it', async () => {
    await serve(async socket => {
      await send(socket, 'HTTP/1.1 200 OK\r\n\r\nup 1\n')
      socket.resetAndDestroy()
    })
    await expect(get().then(textOf)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })
})

/** What the types of Node do not know of WebAssembly.Memory. Sizes are in pages of 64 KiB. */
const Memory = WebAssembly.Memory as unknown as new (descriptor: {
  initial: number
  maximum: number
}) => { readonly buffer: ArrayBuffer; grow(pages: number): number }

describe('a body', () => {
  const LARGE = 'y'.repeat(8 * 2 ** 20)
  const LARGE_RESPONSE = `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n${LARGE}`

  test('is not read faster than it is wanted', async () => {
    let isSent = false
    await serve(async socket => {
      for (let part = 0; part < 8; part++) await send(socket, part === 0 ? LARGE_BODY_HEAD + LARGE : LARGE)
      isSent = true
    })
    const { body } = await get()
    await someTurns()
    let bytes = 0
    const take = (chunk: Uint8Array): boolean => {
      bytes += chunk.length
      return false
    }
    expect(await body.pump(take)).toBe(false)
    await someTurns()
    expect([isSent, bytes < LARGE.length]).toEqual([false, true])
    while (!(await body.pump(take)));
    expect(bytes).toBe(8 * LARGE.length)
  })

  const LARGE_BODY_HEAD = `HTTP/1.1 200 OK\r\nContent-Length: ${8 * LARGE.length}\r\n\r\n`

  test('is not read while nobody has asked for it', async () => {
    let isSent = false
    await serve(async socket => {
      await send(socket, LARGE_RESPONSE)
      isSent = true
    })
    const response = await get()
    await someTurns()
    expect(isSent).toBe(false)
    expect(await textOf(response)).toBe(LARGE)
  })

  test('comes in views of the memory that is given for it, which may grow meanwhile', async () => {
    const memory = new Memory({ initial: 2, maximum: 64 })
    const offset = 1024
    await serve(
      socket => send(socket, LARGE_RESPONSE),
      () => ({
        get view() {
          return new Uint8Array(memory.buffer, offset, 2 ** 16)
        },
      }),
    )
    const { body } = await get()
    let text = ''
    let inMemory = 0
    await body.pump(chunk => {
      text += Buffer.from(chunk).toString('latin1')
      if (chunk.buffer === memory.buffer && chunk.byteOffset >= offset) inMemory += chunk.length
      if (memory.buffer.byteLength < 2 ** 20) memory.grow(1)
      return true
    })
    expect(text).toBe(LARGE)
    expect(inMemory).toBeGreaterThan(LARGE.length - 4096)
  })

  test('in chunks is whole although the memory grows while it is handed over', async () => {
    const memory = new Memory({ initial: 2, maximum: 64 })
    const room = {
      get view() {
        return new Uint8Array(memory.buffer, 1024, 2 ** 16)
      },
    }
    const chunk = `3e8\r\n${'z'.repeat(1000)}\r\n`
    await serve(
      socket =>
        send(socket, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(500)}0\r\n\r\n`),
      () => room,
    )
    const { body } = await get()
    let bytes = 0
    await body.pump(part => {
      bytes += part.length
      if (memory.buffer.byteLength < 2 ** 21) memory.grow(1)
      return true
    })
    expect(bytes).toBe(500_000)
  })

  test('is whole while others come into the same buffer', async () => {
    const bodies = ['a'.repeat(2 ** 21), 'b'.repeat(2 ** 21)]
    await serve((socket, request) =>
      send(socket, `HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 21}\r\n\r\n${bodies[request]}`),
    )
    const texts = await Promise.all([get().then(textOf), get().then(textOf)])
    expect(texts.map((text, index) => text === bodies[index])).toEqual([true, true])
  })

  test('whose sink throws ends with what it throws, and with the connection', async () => {
    let closed: Promise<unknown> | undefined
    await serve(socket => {
      closed = once(socket, 'close')
      return send(socket, X)
    })
    const { body } = await get()
    const pumping = body.pump(() => {
      throw new Error('too much')
    })
    await expect(pumping).rejects.toThrow('too much')
    await closed
  })

  test('whose request is aborted by its sink ends with the reason', async () => {
    const controller = new AbortController()
    await serve(socket =>
      send(socket, `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(9)}`),
    )
    const { body } = await get(controller.signal)
    let calls = 0
    const pumping = body.pump(() => {
      calls++
      controller.abort(new Error('enough'))
      return true
    })
    await expect(pumping).rejects.toThrow('enough')
    expect(calls).toBe(1)
    await expect(body.pump(() => true)).rejects.toThrow('enough')
  })

  test('that has ended is still ended', async () => {
    await serve(socket => send(socket, X))
    const response = await get()
    await textOf(response)
    expect(await textOf(response)).toBe('')
  })
})

test('a host name is resolved, and each of its addresses tried', async () => {
  await serve(socket => send(socket, X))
  const { port } = new URL(server.url)
  const byName = new Http1Transport(new URL(`http://localhost:${port}`))
  const { body, status } = await byName.get({ path: '/', headers: {}, signal: new AbortController().signal })
  expect([status, await body.pump(() => true)]).toEqual([200, true])
  await byName.close()
})

test('close waits for responses under way, and closes idle connections', async () => {
  await serve((socket, request) => send(socket, request === 0 ? X : X.replace(/x$/, '')))
  await textOf(await get())
  const { body } = await get()
  let isClosed = false
  const closing = transport.close().then(() => {
    isClosed = true
  })
  await someTurns()
  expect(isClosed).toBe(false)
  await server.stop()
  await expect(body.pump(() => true)).rejects.toMatchObject({ code: 'E_HTTP_CUT' })
  await closing
  server = await startRawServer(() => undefined)
})

test('a signal that is aborted already sends nothing', async () => {
  await serve(socket => send(socket, X))
  await expect(get(AbortSignal.abort(new Error('late')))).rejects.toThrow('late')
  expect(server.requests).toHaveLength(0)
})
