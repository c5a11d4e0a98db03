import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

let application: Application
let proxy: TestProxy

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

async function start(answer: RequestListener): Promise<void> {
  application = await startApplication(answer)
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    scrape_timeout: '10m',
    prometheus: { max_input_bytes_per_scrape: 0, max_output_bytes_per_scrape: 0 },
  })
}

async function requestMetrics(version: '1.0' | '1.1'): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET /metrics HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return socket
}

const LINE = 'up{x="1"} 1\n'
const CHUNK = LINE.repeat(5000)
const CHUNKS = 1000

/** Sends some sixty megabytes as fast as they are taken, and tells how much was. */
function pour(sent: { chunks: number }): RequestListener {
  return (_, response) => {
    response.setHeader('content-type', 'text/plain')
    const next = (): void => {
      while (sent.chunks < CHUNKS) {
        sent.chunks++
        if (!response.write(CHUNK)) {
          response.once('drain', next)
          return
        }
      }
      response.end()
    }
    next()
  }
}

/** Waits until a count has not grown for a while. */
async function standstill(sent: { chunks: number }): Promise<void> {
  let last = -1
  while (sent.chunks !== last) {
    last = sent.chunks
    for (let turn = 0; turn < 200; turn++) await setImmediate()
  }
}

test('a client that does not read stops the reading of the upstream; the rest comes when it goes on', async () => {
  const sent = { chunks: 0 }
  await start(pour(sent))
  const socket = await requestMetrics('1.0')
  await once(socket, 'readable')
  await standstill(sent)
  expect(sent.chunks).toBeGreaterThan(0)
  expect(sent.chunks).toBeLessThan(CHUNKS / 2)
  let received = 0
  for await (const chunk of socket) received += chunk.length
  expect(sent.chunks).toBe(CHUNKS)
  expect(received).toBeGreaterThan(CHUNKS * CHUNK.length)
}, 60_000)

test('a client that leaves ends the request to the upstream, and is no failure of it', async () => {
  let requestEnded = (): void => undefined
  const ended = new Promise<void>(resolve => (requestEnded = resolve))
  await start((request, response) => {
    request.socket.once('close', requestEnded)
    response.setHeader('content-type', 'text/plain')
    response.write(CHUNK)
  })
  const socket = await requestMetrics('1.1')
  await once(socket, 'readable')
  socket.destroy()
  await ended
  while ((await proxy.metric('metricgate_proxy_upstream_errors_total{code="E_CLIENT_GONE"}')) === 0)
    await setImmediate()
  expect(proxy.log.filter(line => line.startsWith('warn'))).toEqual([])
})

test('a body that breaks off is a reset in HTTP/1.0 too, where the end of the connection is the end of the body', async () => {
  await start((_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 99_999_999 })
    response.write(CHUNK, () => response.destroy())
  })
  const socket = await requestMetrics('1.0')
  const read = async (): Promise<void> => {
    for await (const _ of socket);
  }
  await expect(read()).rejects.toMatchObject({ code: 'ECONNRESET' })
})
