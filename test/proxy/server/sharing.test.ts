import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const TEXT = 'text/plain; version=0.0.4'
const JOINED = 'metricgate_proxy_joined_scrapes_total'
const DROP_PATH: ProxyConfigFile['metric_relabel_configs'] = [{ action: 'labeldrop', regex: 'path' }]

let application: Application
let proxy: TestProxy
let waiting: ServerResponse[] = []

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

async function start(answer: RequestListener, config: Partial<ProxyConfigFile> = {}): Promise<void> {
  waiting = []
  application = await startApplication(answer)
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    scrape_timeout: '10m',
    prometheus: { max_input_bytes_per_scrape: 0, max_output_bytes_per_scrape: 0 },
    ...config,
  })
}

/** Answers when it is told to. */
const onDemand: RequestListener = (_, response) => {
  waiting.push(response.setHeader('content-type', TEXT))
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await setImmediate()
}

const joined = (count: number) => until(async () => (await proxy.metric(JOINED)) === count)

async function open(headers = ''): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
  return socket
}

test.each([
  ['added up', DROP_PATH, 'a 3\n'],
  ['passed', [], 'a{path="/x"} 1\na{path="/y"} 2\n'],
])('clients that ask at the same time share one scrape: %s', async (_, rules, output) => {
  await start(onDemand, { metric_relabel_configs: rules })
  const answers = Array.from({ length: 8 }, () => proxy.get('/metrics'))
  await joined(7)
  waiting[0]?.end('a{path="/x"} 1\na{path="/y"} 2\n')
  expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(
    Array.from({ length: 8 }, () => output),
  )
  expect(application.requests).toHaveLength(1)
})

test('clients that ask one after the other do not', async () => {
  await start((_, response) => response.setHeader('content-type', TEXT).end('a 1\n'))
  await proxy.get('/metrics')
  await proxy.get('/metrics')
  expect(application.requests).toHaveLength(2)
})

test.each([
  ['query', '/metrics?x=1', {}],
  ['authorization', '/metrics', { authorization: 'Basic eDp5' }],
  ['format', '/metrics', { accept: 'application/openmetrics-text' }],
])('a client with another %s has its own', async (_, path, headers) => {
  await start(onDemand)
  const answers = [proxy.get('/metrics'), proxy.get(path, headers)]
  await until(() => waiting.length === 2)
  for (const response of waiting) response.end('a 1\n')
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
})

test('a client with more time than the scrape has does not share its failure', async () => {
  await start(onDemand)
  const hasty = proxy.get('/metrics', { 'x-prometheus-scrape-timeout-seconds': '0.1' })
  await until(() => waiting.length === 1)
  const patient = proxy.get('/metrics', { 'x-prometheus-scrape-timeout-seconds': '60' })
  await until(() => waiting.length === 2)
  expect((await hasty).status).toBe(504)
  waiting[1]?.end('a 1\n')
  expect((await patient).text).toBe('a 1\n')
})

const seconds = (timeout: number) => ({ 'x-prometheus-scrape-timeout-seconds': String(timeout) })

test.each([
  ['/metrics', 'at nearly the same time', 9, 100, 1],
  ['/metrics', 'when a tenth of its time has gone', 11, 100, 2],
  ['/metrics', 'late, with little time of its own', 50, 50, 1],
  ['/metrics', 'later still', 60, 50, 2],
  ['/metrics/all', 'at nearly the same time', 9, 100, 1],
  ['/metrics/all', 'when a tenth of its time has gone', 11, 100, 2],
])(
  'a client of %s that comes %s: %d s into a scrape of 100 s, with %d s: %d scrapes',
  async (path, _, lateSeconds, timeout, scrapes) => {
    await start(onDemand, { subsets: [{ name: 'all' }] })
    const first = proxy.get('/metrics', seconds(100))
    await until(() => waiting.length === 1)
    proxy.clock.now += lateSeconds * 1000
    const second = proxy.get(path, seconds(timeout))
    await until(async () => waiting.length === 2 || (await proxy.metric(JOINED)) === 1)
    for (const response of waiting) response.end('a 1\n')
    expect([(await first).text, (await second).text, waiting.length]).toEqual(['a 1\n', 'a 1\n', scrapes])
  },
)

test('a request that hangs is that of its own clients: who comes late is served, and joined by the next', async () => {
  await start(onDemand)
  const stuck = await open('X-Prometheus-Scrape-Timeout-Seconds: 100\r\n')
  await until(() => waiting.length === 1)
  proxy.clock.now += 90_000
  const late = [proxy.get('/metrics', seconds(100)), proxy.get('/metrics', seconds(100))]
  await joined(1)
  waiting[1]?.end('a 1\n')
  expect((await Promise.all(late)).map(({ text }) => text)).toEqual(['a 1\n', 'a 1\n'])
  expect([waiting.length, stuck.bytesRead]).toEqual([2, 0])
  stuck.destroy()
})

test('all get the reason when the scrape fails', async () => {
  await start(onDemand)
  const answers = [proxy.get('/metrics'), proxy.get('/metrics')]
  await joined(1)
  waiting[0]?.writeHead(500).end('out of order')
  const [first, second] = await Promise.all(answers)
  expect([first?.status, second?.text]).toEqual([502, first?.text])
})

test('a subset that is asked for during a scrape is of that scrape', async () => {
  await start(onDemand, { subsets: [{ name: 'all' }] })
  const main = proxy.get('/metrics')
  await until(() => waiting.length === 1)
  const subset = proxy.get('/metrics/all')
  await joined(1)
  waiting[0]?.end('a 1\n')
  expect([(await main).text, (await subset).text]).toEqual(['a 1\n', 'a 1\n'])
  expect(application.requests).toHaveLength(1)
})

test('a client that vanishes does not end the scrape of the others', async () => {
  await start(onDemand)
  const vanishing = await open()
  await until(() => waiting.length === 1)
  const staying = proxy.get('/metrics')
  await joined(1)
  vanishing.destroy()
  // Its end reaches the proxy before these requests do.
  for (let request = 0; request < 3; request++) await proxy.get('/_health')
  waiting[0]?.end('a 1\n')
  expect((await staying).text).toBe('a 1\n')
})

test('the last one that vanishes does', async () => {
  await start(onDemand)
  const clients = [await open(), await open()]
  await joined(1)
  for (const client of clients) client.destroy()
  await until(
    async () => (await proxy.metric('metricgate_proxy_upstream_errors_total{code="E_CLIENT_GONE"}')) === 1,
  )
  await until(() => waiting[0]?.destroyed === true)
})

test('a client that does not read costs the others a grace, and is cut off', async () => {
  const line = 'up{x="1"} 1\n'
  const body = line.repeat(2_000_000)
  await start(onDemand)
  const stuck = await open()
  stuck.pause()
  await until(() => waiting.length === 1)
  const reading = proxy.get('/metrics')
  await joined(1)
  waiting[0]?.end(body)
  expect((await reading).body.length).toBe(body.length)
  const received = async (): Promise<number> => {
    let bytes = 0
    for await (const chunk of stuck) bytes += chunk.length
    return bytes
  }
  await expect(received()).rejects.toMatchObject({ code: 'ECONNRESET' })
}, 60_000)
