import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../../proxy/config.ts'
import { type Application, startApplication } from '../../upstream/application.ts'
import { startProxy, type TestProxy } from '../proxy.ts'
import { exposing, NAME, type Replica, type Replicas, startReplicas } from './replicas.ts'

let replicas: Replicas
let proxy: TestProxy | undefined
let applications: Application[]

beforeEach(async () => {
  applications = []
  replicas = await startReplicas()
})

afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
  await replicas.stop()
  await Promise.all(applications.map(application => application.stop()))
})

const SUM: ProxyConfigFile['aggregation'] = { counters: 'sum', target_metrics: false }

async function serve(config: Partial<ProxyConfigFile> = {}): Promise<TestProxy> {
  proxy = await startProxy(
    { upstream_url: `dns+http://${NAME}:${replicas.port}/metrics`, aggregation: SUM, ...config },
    replicas.resolver,
  )
  return proxy
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await setImmediate()
}

const counter = (value: number, extra = '') => `# TYPE hits counter\nhits_total ${value}\n${extra}`

describe('what a DNS name resolves to', () => {
  test('is scraped and added up; Host is the name', async () => {
    const one = await replicas.start(1, exposing('hits_total 1\n'))
    await replicas.start(2, exposing('hits_total 2\n'))
    const { get } = await serve()
    expect((await get('/metrics?x=%20')).text).toBe('hits_total 3\n')
    expect(one.requests[0]).toMatchObject({
      url: '/metrics?x=%20',
      headers: { host: `${NAME}:${replicas.port}` },
    })
  })

  test('is looked up again in each round; connections are kept, and closed when a target has left', async () => {
    const one = await replicas.start(1, exposing('a 1\n'))
    const { get } = await serve()
    await get('/metrics')
    const two = await replicas.start(2, exposing('a 10\n'))
    expect((await get('/metrics')).text).toBe('a 11\n')
    expect([one.connections(), two.connections()]).toEqual([1, 1])
    replicas.resolveTo(two)
    expect((await get('/metrics')).text).toBe('a 10\n')
    await until(() => one.connections() === 0)
    expect(two.connections()).toBe(1)
  })

  test.each([
    ['does not exist', undefined, 'the name has no addresses'],
    ['has no addresses', {}, 'the name has no addresses'],
    ['cannot be resolved', 'servfail', 'DNS does not answer (app: '],
  ] as const)('but %s: 503 with the reason', async (_, behaviour, reason) => {
    await replicas.start(1, exposing('a 1\n'))
    if (behaviour === undefined) replicas.dns.zone.clear()
    else replicas.dns.zone.set('app.test', behaviour)
    const { get } = await serve({ subsets: [{ name: 'all' }] })
    for (const path of ['/metrics', '/metrics/all', '/source', '/analyze']) {
      const { status, text } = await get(path)
      expect([path, status, text]).toEqual([path, 503, expect.stringContaining('there are no targets')])
    }
    expect((await get('/metrics')).text).toContain(`dns+http://app:${replicas.port}/metrics: ${reason}`)
  })
})

describe('several upstreams', () => {
  const application = async (body: string): Promise<string> => {
    const started = await startApplication(exposing(body))
    applications.push(started)
    return `http://127.0.0.1:${started.port}/metrics`
  }

  test('are one scrape, with counters as they are', async () => {
    const upstream_urls = [await application('a_total 5\nb 1\n'), await application('a_total 7\nc 2\n')]
    const { get } = await serve({ upstream_url: undefined, upstream_urls })
    const lines = (await get('/metrics')).text.split('\n')
    expect(lines.sort()).toEqual(['', 'a_total 12', 'b 1', 'c 2'])
  })

  test('of one address are told apart by their paths', async () => {
    const url = await application('a_total 5\n')
    const upstream_urls = [`${url}/x`, `${url}/y`]
    const { get } = await serve({ upstream_url: undefined, upstream_urls, aggregation: {} })
    const { text } = await get('/metrics')
    for (const upstream of upstream_urls)
      expect(text).toContain(`metricgate_target_up{target="${upstream}"} 1\n`)
  })

  test('can be fixed ones and names', async () => {
    await replicas.start(1, exposing('a 1\n'))
    const upstream_urls = [await application('a 5\n'), `dns+http://${NAME}:${replicas.port}/metrics`]
    const { get } = await serve({ upstream_url: undefined, upstream_urls })
    expect((await get('/metrics')).text).toBe('a 6\n')
  })
})

describe('a target that fails', () => {
  let broken: Replica

  beforeEach(async () => {
    await replicas.start(1, exposing('gauge 1\nhits_total 5\n'))
    broken = await replicas.start(2, exposing('gauge 10\nhits_total 7\n'))
  })

  const FAILURES: readonly (readonly [string, (response: ServerResponse) => void, string])[] = [
    ['answers 500', response => response.writeHead(500).end('out of order'), 'E_UPSTREAM_STATUS'],
    [
      'breaks off',
      response => {
        response.setHeader('content-type', 'text/plain').write('gauge 99\n', () => response.destroy())
      },
      'E_UPSTREAM_BODY',
    ],
    [
      'sends what is malformed',
      response => response.setHeader('content-type', 'text/plain').end('gauge 99\nhits{\n'),
      'E_MALFORMED_TARGET',
    ],
    [
      'sends too much',
      response => response.setHeader('content-type', 'text/plain').end(`gauge 99\n# ${'x'.repeat(1000)}\n`),
      'E_INPUT_BYTES',
    ],
    ['does not answer', () => undefined, 'E_UPSTREAM_TIMEOUT'],
  ]

  test.each(FAILURES)('because it %s keeps what it had, and is down', async (_, fail, code) => {
    const aggregation = { ...SUM, target_metrics: true }
    const limits = { max_input_bytes_per_scrape: 500 }
    const { get, metric } = await serve({ aggregation, prometheus: limits, scrape_timeout: '300ms' })
    await get('/metrics')
    broken.answer = (_request, response) => fail(response)
    const { status, text } = await get('/metrics')
    expect([status, text]).toEqual([200, expect.stringContaining('gauge 11\nhits_total 12\n')])
    expect(text).toContain(`metricgate_target_up{target="127.0.0.2:${replicas.port}"} 0\n`)
    expect(text).toContain('metricgate_targets{state="down"} 1\n')
    expect(await metric(`metricgate_proxy_target_failures_total{code="${code}"}`)).toBe(1)
    expect(await metric('metricgate_proxy_rounds_total{result="partial"}')).toBe(1)
  })

  test('is left out with on_target_failure: partial, but for its counters', async () => {
    const { get } = await serve({
      aggregation: { ...SUM, counters: 'increase', on_target_failure: 'partial' },
    })
    await get('/metrics')
    await broken.stop()
    expect((await get('/metrics')).text).toBe('gauge 1\nhits_total 0\n')
  })

  test('fails the round with on_target_failure: fail', async () => {
    const { get } = await serve({ aggregation: { ...SUM, on_target_failure: 'fail' } })
    await get('/metrics')
    await broken.stop()
    const { status, text } = await get('/metrics')
    expect([status, text]).toEqual([
      503,
      `1 of 2 targets failed: upstream http://127.0.0.2:${replicas.port}/metrics: connection refused; is the application listening on that port?\n`,
    ])
  })

  test('is told in the log once, and when it is back', async () => {
    const { get, log } = await serve()
    await get('/metrics')
    const { answer } = broken
    broken.answer = (_, response) => response.writeHead(500).end('out of order')
    for (let round = 0; round < 3; round++) await get('/metrics')
    broken.answer = answer
    await get('/metrics')
    const id = `127.0.0.2:${replicas.port}`
    expect(log.filter(line => line.includes('target'))).toEqual([
      `warn: target ${id} is down: upstream http://${id}/metrics answered 500 Internal Server Error: out of order`,
      `info: target ${id} is up again`,
    ])
  })

  test('with all the others is 503 with the reasons', async () => {
    const { get } = await serve()
    await replicas.stop()
    replicas = await startReplicas()
    const { status, text } = await get('/metrics')
    expect([status, text]).toEqual([
      503,
      expect.stringMatching(/^(there are no targets|2 of 2 targets failed): /),
    ])
  })
})

describe('counters', () => {
  const growing = (state: { hits: number; startedAt?: number }) =>
    exposing(() =>
      counter(
        state.hits,
        state.startedAt === undefined
          ? ''
          : `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${state.startedAt}\n`,
      ),
    )
  const hits = async (path = '/metrics'): Promise<number> =>
    Number(/^hits_total (\S+)$/m.exec((await proxy?.get(path))?.text ?? '')?.[1])

  test('rise by what those of the replicas rose by, through restarts, absence and newcomers', async () => {
    const one = { hits: 100, startedAt: 1 }
    const two = { hits: 1000, startedAt: 1 }
    await replicas.start(1, growing(one))
    let second = await replicas.start(2, growing(two))
    const { clock } = await serve({ aggregation: { target_metrics: false } })
    const scrape = async (): Promise<number> => {
      clock.now += 15_000
      return hits()
    }
    expect(await scrape()).toBe(0)
    one.hits += 5
    two.hits += 7
    expect(await scrape()).toBe(12)
    // The second one restarts, and has counted 3 since.
    await second.stop()
    Object.assign(two, { hits: 3, startedAt: clock.now / 1000 + 1 })
    second = await replicas.start(2, growing(two))
    one.hits += 1
    expect(await scrape()).toBe(16)
    // It cannot be reached; what it counts meanwhile comes later.
    await second.stop()
    two.hits += 10
    one.hits += 1
    expect(await scrape()).toBe(17)
    await replicas.start(2, growing(two))
    expect(await scrape()).toBe(27)
    // A replica that ran before anybody asked it brings nothing but its increases.
    const three = { hits: 1_000_000, startedAt: 1 }
    await replicas.start(3, growing(three))
    expect(await scrape()).toBe(27)
    three.hits += 2
    expect(await scrape()).toBe(29)
    // One that has started since counts whole.
    await replicas.start(4, growing({ hits: 4, startedAt: clock.now / 1000 + 1 }))
    expect(await scrape()).toBe(33)
    // One that leaves takes nothing away.
    replicas.dns.zone.set('app.test', { a: ['127.0.0.1', '127.0.0.3', '127.0.0.4'] })
    expect(await scrape()).toBe(33)
  })

  test('of a query of its own are kept apart', async () => {
    const state = { hits: 10 }
    await replicas.start(1, growing(state))
    await serve({ aggregation: { target_metrics: false } })
    await hits()
    state.hits += 5
    expect([await hits(), await hits('/metrics?collect[]=x')]).toEqual([5, 0])
  })

  test('of more queries than a few are refused', async () => {
    await replicas.start(1, exposing('a 1\n'))
    const { get } = await serve()
    for (let query = 0; query < 4; query++) await get(`/metrics?q=${query}`)
    const { status, text } = await get('/metrics?q=4')
    expect([status, text]).toEqual([503, expect.stringContaining('there are 4 different queries already')])
    expect((await get('/metrics?q=0')).status).toBe(200)
  })

  test('of one upstream can be increases too', async () => {
    const state = { hits: 10 }
    await replicas.start(1, growing(state))
    await serve({
      upstream_url: `http://127.0.0.1:${replicas.port}/metrics`,
      aggregation: { counters: 'increase' },
    })
    expect(await hits()).toBe(0)
    state.hits = 3
    expect(await hits()).toBe(3)
  })
})

describe('rounds', () => {
  test('are shared by those who ask at the same time', async () => {
    const waiting: ServerResponse[] = []
    await replicas.start(1, (_, response) => waiting.push(response.setHeader('content-type', 'text/plain')))
    const { get, metric } = await serve({ subsets: [{ name: 'all' }] })
    const answers = [get('/metrics'), get('/metrics'), get('/metrics/all')]
    await until(async () => (await metric('metricgate_proxy_joined_scrapes_total')) === 2)
    await until(() => waiting.length === 1)
    waiting[0]?.end('a 1\n')
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['a 1\n', 'a 1\n', 'a 1\n'])
    expect(waiting).toHaveLength(1)
  })

  test('of clients who may not see the same come one after the other', async () => {
    const waiting: ServerResponse[] = []
    await replicas.start(1, (_, response) => waiting.push(response.setHeader('content-type', 'text/plain')))
    const { get } = await serve()
    const answers = ['x', 'y'].map(authorization => get('/metrics', { authorization }))
    await until(() => waiting.length === 1)
    await get('/_health')
    expect(waiting).toHaveLength(1)
    waiting[0]?.end('a 1\n')
    await until(() => waiting.length === 2)
    waiting[1]?.end('a 2\n')
    expect((await Promise.all(answers)).map(({ text }) => text)).toEqual(['a 1\n', 'a 2\n'])
  })

  test('go on when the client who began one has left', async () => {
    const waiting: ServerResponse[] = []
    await replicas.start(1, (_, response) => waiting.push(response.setHeader('content-type', 'text/plain')))
    const { get, metric, port } = await serve()
    const controller = new AbortController()
    const leaving = fetch(`http://127.0.0.1:${port}/metrics`, { signal: controller.signal })
    await until(() => waiting.length === 1)
    const staying = get('/metrics', { accept: '*/*' })
    await until(async () => (await metric('metricgate_proxy_joined_scrapes_total')) === 1)
    controller.abort()
    await expect(leaving).rejects.toThrow()
    waiting[0]?.end('a 1\n')
    expect((await staying).text).toBe('a 1\n')
  })
})

describe('formats', () => {
  const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

  test('are OpenMetrics when all targets answer in it, with the targets’ metrics before its end', async () => {
    const body = '# TYPE a gauge\na 1\n# EOF\n'
    await replicas.start(1, exposing(body, OPEN))
    await replicas.start(2, exposing(body, OPEN))
    const { get } = await serve({ aggregation: { counters: 'sum' } })
    const { headers, text } = await get('/metrics', { accept: 'application/openmetrics-text;version=1.0.0' })
    expect(headers['content-type']).toBe(OPEN)
    expect(text).toMatch(
      /^# TYPE a gauge\na 2\n# HELP metricgate_target_up [\s\S]*metricgate_targets\{state="down"\} 0\n# EOF\n$/,
    )
  })

  test('are text otherwise', async () => {
    await replicas.start(1, exposing('# TYPE a gauge\na 1\n# EOF\n', OPEN))
    await replicas.start(2, exposing('a 1\n'))
    const { headers, text } = await (await serve()).get('/metrics')
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text).toMatch(/^a \d\n|^# TYPE a gauge\na/m)
  })
})

describe('targets that are aggregators themselves', () => {
  const chained = '# TYPE metricgate_targets gauge\nmetricgate_targets{state="up"} 3\n'
  const other = '# TYPE other gauge\nother 1\n'

  test.each([
    ['text', '', 'text/plain'],
    ['OpenMetrics', '# EOF\n', 'application/openmetrics-text; version=1.0.0'],
  ])('do not bring the families that tell of our own targets: %s', async (_, end, type) => {
    const body = `${chained}metricgate_target_up{target="x"} 1\n${other}${end}`
    await replicas.start(1, exposing(body, type))
    await replicas.start(2, exposing(body, type))
    const { get } = await serve({ aggregation: { counters: 'sum' } })
    const { text } = await get('/metrics', { accept: type })
    expect(text).toMatch(/^# TYPE other gauge\nother 2\n# HELP metricgate_target_up /)
    const lines = text.split('\n').map(line => line.replace(/ \S+$/, ''))
    expect(lines.toSorted()).toEqual([...new Set(lines)].toSorted())
  })

  test('bring them where ours are switched off', async () => {
    await replicas.start(1, exposing(chained + other))
    const { get } = await serve()
    expect((await get('/metrics')).text).toBe(chained + other)
  })
})

test('subsets are filled by the same round', async () => {
  const one = await replicas.start(1, exposing('a_total 1\nb 1\n'))
  await replicas.start(2, exposing('a_total 2\nb 2\n'))
  const { get } = await serve({
    metric_relabel_configs: [{ action: 'drop', source_labels: ['__name__'], regex: 'b' }],
    subsets: [
      { name: 'b', metric_relabel_configs: [{ action: 'keep', source_labels: ['__name__'], regex: 'b' }] },
    ],
  })
  expect((await get('/metrics')).text).toBe('a_total 3\n')
  expect((await get('/metrics/b')).text).toBe('b 3\n')
  expect(one.requests).toHaveLength(1)
})

describe('what it looks at before the rules', () => {
  beforeEach(async () => {
    await replicas.start(1, exposing('a 1\n'))
    await replicas.start(2, exposing('b 1\n'))
  })

  test('is a target, the first unless one is named', async () => {
    const { get } = await serve()
    expect((await get('/source')).text).toBe('a 1\n')
    expect((await get(`/source?target=127.0.0.2:${replicas.port}`)).text).toBe('b 1\n')
    expect((await get(`/analyze?target=127.0.0.2:${replicas.port}`)).text).toContain('1 b')
  })

  test('must be there', async () => {
    const { status, text } = await (await serve()).get('/source?target=x')
    expect([status, text]).toEqual([
      404,
      `no target "x": among the 2 targets are 127.0.0.1:${replicas.port}, 127.0.0.2:${replicas.port}\n`,
    ])
  })
})

test('the page tells of each target', async () => {
  await replicas.start(1, exposing('a 1\n'))
  await replicas.start(2, (_, response) => response.writeHead(500).end('out of order'))
  const { get } = await serve()
  await get('/metrics')
  const { text } = await get('/')
  expect(text).toContain(`application      dns+http://${NAME}:${replicas.port}/metrics\n`)
  expect(text).toMatch(/^targets +1 of 2 are up$/m)
  expect(text).toMatch(/^127\.0\.0\.1:\d+ +up: 1 sample in \d+ ms$/m)
  expect(text).toMatch(/^127\.0\.0\.2:\d+ +down after \d+ ms: .*500 Internal Server Error: out of order$/m)
})
