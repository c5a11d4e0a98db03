import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const TEXT = 'text/plain; version=0.0.4'

let application: Application
let proxy: TestProxy
let answer: RequestListener

beforeEach(async () => {
  answer = (_, response) =>
    response.setHeader('content-type', TEXT).end(`a{n="${application.requests.length}"} 1\nb 1\n`)
  application = await startApplication((request, response) => answer(request, response))
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    metric_relabel_configs: [{ action: 'keep', source_labels: ['__name__'], regex: 'b' }],
    subsets: [
      { name: 'as', metric_relabel_configs: [{ action: 'keep', source_labels: ['__name__'], regex: 'a' }] },
      { name: 'none', metric_relabel_configs: [{ action: 'drop' }] },
    ],
    subset_max_age: '60s',
  })
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

test('are served from the last scrape, which costs the application nothing more', async () => {
  expect((await proxy.get('/metrics')).text).toBe('b 1\n')
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="1"} 1\n')
  expect((await proxy.get('/metrics/none')).text).toBe('')
  expect(application.requests).toHaveLength(1)
})

test('say when that scrape was', async () => {
  await proxy.get('/metrics')
  proxy.clock.now += 12_345
  const { headers } = await proxy.get('/metrics/as')
  expect([headers['last-modified'], headers.age, headers['content-type']]).toEqual([
    'Thu, 01 Jan 2026 00:00:00 GMT',
    '12',
    TEXT,
  ])
})

test('are filled by a scrape of their own where there was none', async () => {
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="1"} 1\n')
})

test('are filled anew when they are too old', async () => {
  await proxy.get('/metrics')
  proxy.clock.now += 60_000
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="1"} 1\n')
  proxy.clock.now += 1
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="2"} 1\n')
})

test('stay as they are when a scrape fails', async () => {
  await proxy.get('/metrics')
  answer = (_, response) => response.writeHead(500).end('out of order')
  expect((await proxy.get('/metrics')).status).toBe(502)
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="1"} 1\n')
})

test('stay as they are when a body breaks off', async () => {
  await proxy.get('/metrics')
  answer = (_, response) => {
    response.setHeader('content-type', TEXT)
    response.write('a{n="half"} 1\n', () => response.destroy())
  }
  await expect(proxy.get('/metrics')).resolves.toMatchObject({ status: 502 })
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="1"} 1\n')
})

test('are an error, not old values, when they are too old and a scrape fails', async () => {
  await proxy.get('/metrics')
  proxy.clock.now += 60_001
  answer = (_, response) => response.writeHead(500).end('out of order')
  const { status, text } = await proxy.get('/metrics/as')
  expect([status, text]).toEqual([502, expect.stringContaining('500 Internal Server Error: out of order')])
})

test('asked for at the same time share one scrape', async () => {
  const answers = await Promise.all(['as', 'none', 'as'].map(name => proxy.get(`/metrics/${name}`)))
  expect(answers.map(({ text }) => text)).toEqual(['a{n="1"} 1\n', '', 'a{n="1"} 1\n'])
  expect(application.requests).toHaveLength(1)
})

test('of a client’s scrape are not shown to a client with another authorization', async () => {
  answer = (request, response) => {
    if (request.headers.authorization !== 'Bearer right') response.writeHead(401).end('who are you?')
    else response.setHeader('content-type', TEXT).end('a{secret="1"} 1\n')
  }
  await proxy.get('/metrics', { authorization: 'Bearer right' })
  expect((await proxy.get('/metrics/as', { authorization: 'Bearer right' })).text).toBe('a{secret="1"} 1\n')
  const { status, text } = await proxy.get('/metrics/as')
  expect([status, text]).toEqual([502, expect.stringContaining('401 Unauthorized: who are you?')])
})

test('of a scrape with another query are not taken for the whole', async () => {
  await proxy.get('/metrics?collect[]=cpu')
  expect((await proxy.get('/metrics/as')).text).toBe('a{n="2"} 1\n')
  expect(application.requests[1]?.url).toBe('/metrics')
})

test('in a format that the client does not take are scraped again', async () => {
  answer = (request, response) => {
    const isOpen = request.headers.accept?.startsWith('application/openmetrics-text') === true
    response.setHeader('content-type', isOpen ? 'application/openmetrics-text; version=1.0.0' : TEXT)
    response.end(isOpen ? 'a 1\n# EOF\n' : 'a 1\n')
  }
  await proxy.get('/metrics', { accept: 'application/openmetrics-text,*/*;q=0.1' })
  expect((await proxy.get('/metrics/as', { accept: '*/*' })).text).toBe('a 1\n# EOF\n')
  expect((await proxy.get('/metrics/as', { accept: 'text/plain' })).text).toBe('a 1\n')
})

test('that do not exist are 404, with the names of those that do', async () => {
  const { status, text } = await proxy.get('/metrics/nope')
  expect([status, text]).toEqual([404, 'no subset "nope": the subsets are as, none\n'])
})

test('of a gate without any are 404 as well', async () => {
  await proxy.configure({ upstream_url: `http://127.0.0.1:${application.port}/metrics` })
  expect((await proxy.get('/metrics/as')).text).toBe('no subset "as": this gate has no subsets\n')
})
