import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
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

const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0'
const WITH_WILDCARD = ';q=0.5,*/*;q=0.1'

/** Answers in the first format and escaping that it is asked for, as client_golang does. */
const negotiating: RequestListener = ({ headers: { accept = '' } }, response) => {
  const isOpen =
    accept.startsWith('application/openmetrics-text') && !accept.startsWith(`${OPEN_METRICS};q=0`)
  const escaping = /escaping=([a-z0-9-]+)/.exec(accept)?.[1] ?? 'underscores'
  const type = isOpen ? 'application/openmetrics-text; version=1.0.0' : TEXT
  response.setHeader('content-type', `${type}; escaping=${escaping}`)
  const name = escaping === 'allow-utf-8' ? '{"a.b"}' : 'a_b'
  response.end(isOpen ? `${name} 1\n# EOF\n` : `${name} 1\n`)
}

describe('of a scrape that was asked for otherwise', () => {
  beforeEach(async () => {
    answer = negotiating
    await proxy.configure({
      upstream_url: `http://127.0.0.1:${application.port}/metrics`,
      subsets: [{ name: 'all' }],
    })
  })

  test.each([
    ['no escaping', `${OPEN_METRICS};escaping=allow-utf-8`, `${OPEN_METRICS};escaping=underscores`],
    ['escaping', `${OPEN_METRICS};escaping=underscores`, `${OPEN_METRICS};escaping=allow-utf-8`],
    ['no UTF-8, as Prometheus 2', `${OPEN_METRICS};escaping=allow-utf-8${WITH_WILDCARD}`, OPEN_METRICS],
    [
      'escaping, though they take anything else',
      `${OPEN_METRICS};escaping=allow-utf-8${WITH_WILDCARD}`,
      `${OPEN_METRICS};escaping=underscores${WITH_WILDCARD}`,
    ],
    ['no OpenMetrics', OPEN_METRICS, `${OPEN_METRICS};q=0,text/plain`],
    ['another version', OPEN_METRICS, 'text/plain;version=0.0.4'],
  ])('are scraped again for clients that want %s', async (_, before, accept) => {
    await proxy.get('/metrics', { accept: before })
    const subset = await proxy.get('/metrics/all', { accept })
    const { text, headers } = await proxy.get('/metrics', { accept })
    expect([subset.text, subset.headers['content-type']]).toEqual([text, headers['content-type']])
    expect(application.requests).toHaveLength(3)
  })

  test.each([
    ['the same', `${OPEN_METRICS};escaping=values`, `${OPEN_METRICS};escaping=values`],
    ['the same in the end', 'application/json', undefined],
    ['the same, and got something else', 'application/json', 'application/json'],
    ['anything', `${OPEN_METRICS};escaping=allow-utf-8`, '*/*'],
    ['nothing in particular', `${OPEN_METRICS};escaping=allow-utf-8`, undefined],
    ['what came, among others', OPEN_METRICS, `text/plain,${OPEN_METRICS};q=0.5`],
  ])('are served to clients that want %s', async (_, before, accept) => {
    const { text } = await proxy.get('/metrics', { accept: before })
    const subset = await proxy.get('/metrics/all', accept === undefined ? {} : { accept })
    expect([subset.text, application.requests.length]).toEqual([text, 1])
  })
})

test('that do not exist are 404, with the names of those that do', async () => {
  const { status, text } = await proxy.get('/metrics/nope')
  expect([status, text]).toEqual([404, 'no subset "nope": the subsets are as, none\n'])
})

test('of a gate without any are 404 as well', async () => {
  await proxy.configure({ upstream_url: `http://127.0.0.1:${application.port}/metrics` })
  expect((await proxy.get('/metrics/as')).text).toBe('no subset "as": this gate has no subsets\n')
})
