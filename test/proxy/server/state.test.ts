import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { certificateFor } from '../upstream/certificate.ts'
import { startProxy, type TestProxy } from './proxy.ts'

let application: Application
let proxy: TestProxy

beforeEach(async () => {
  application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end('a{p="1"} 1\na{p="2"} 1\nb 1\n'),
  )
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

const good = (): ProxyConfigFile => ({
  upstream_url: `http://127.0.0.1:${application.port}/metrics`,
  metric_relabel_configs: [{ action: 'labeldrop', regex: 'p' }],
  subsets: [
    { name: 'b', metric_relabel_configs: [{ action: 'keep', source_labels: ['__name__'], regex: 'b' }] },
  ],
})

describe('without a configuration', () => {
  beforeEach(async () => {
    proxy = await startProxy(undefined)
  })

  test.each(['/metrics', '/metrics/b', '/source', '/analyze', '/_ready'])(
    '%s is 503 with the reason',
    async path => {
      const { status, text } = await proxy.get(path)
      expect([status, text]).toEqual([503, expect.stringContaining('upstream_url: missing')])
    },
  )

  test('it runs, and says so', async () => {
    expect(JSON.parse((await proxy.get('/_health')).text)).toEqual({ status: 'ok' })
    expect((await proxy.get('/')).text).toContain('answers 503 until there is a configuration')
  })

  test('it serves as soon as there is one', async () => {
    await proxy.configure(good())
    expect((await proxy.get('/metrics')).text).toBe('a 2\nb 1\n')
    expect(JSON.parse((await proxy.get('/_ready')).text)).toEqual({ status: 'ready' })
  })
})

describe('a configuration that is bad', () => {
  const BAD = '{"upstream_url": "http://a/", "metric_relabel_configs": [{"action": "kepe"}]}'
  const PROBLEM = 'config.yaml: metric_relabel_configs[0].action: unknown relabel action "kepe"'

  beforeEach(async () => {
    proxy = await startProxy(good())
    await proxy.configure(BAD)
  })

  test('leaves the last good one at work', async () => {
    expect((await proxy.get('/metrics')).text).toBe('a 2\nb 1\n')
    expect((await proxy.get('/_ready')).status).toBe(200)
  })

  test('shows: in the log once, in the metrics, on the page', async () => {
    await proxy.configure(BAD)
    expect(proxy.log.filter(line => line.startsWith('error: '))).toEqual([
      `error: configuration refused, the last good one stays at work: ${PROBLEM}`,
    ])
    expect(await proxy.metric('metricgate_config_last_reload_successful')).toBe(0)
    expect(await proxy.metric('metricgate_config_reloads_total{result="failure"}')).toBe(1)
    expect((await proxy.get('/')).text).toContain(`a newer one is refused: ${PROBLEM}`)
  })

  test('is forgotten when it is good again, even if it is the one at work', async () => {
    await proxy.configure(good())
    expect(await proxy.metric('metricgate_config_last_reload_successful')).toBe(1)
    expect((await proxy.get('/')).text).not.toContain('refused')
  })
})

test('a configuration that has not changed is not loaded again', async () => {
  proxy = await startProxy(good())
  expect(await proxy.configure(good())).toEqual({ kind: 'unchanged' })
  expect(await proxy.metric('metricgate_config_reloads_total{result="success"}')).toBe(1)
})

test('a proxy that is about to end is not ready, but goes on serving', async () => {
  proxy = await startProxy(good())
  proxy.runtime.stop()
  const { status, text } = await proxy.get('/_ready')
  expect([status, text]).toEqual([503, 'the proxy is stopping\n'])
  expect((await proxy.get('/metrics')).status).toBe(200)
})

describe('a certificate file', () => {
  let directory: string
  let path: string

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'metricgate-ca-'))
    path = join(directory, 'ca.pem')
    proxy = await startProxy(undefined)
  })

  afterEach(() => rm(directory, { recursive: true }))

  const configure = () =>
    proxy.configure({ upstream_url: 'https://127.0.0.1:1/', tls_config: { ca_file: path } })

  test('that is not there is named, and its configuration taken when it comes', async () => {
    expect(await configure()).toMatchObject({ kind: 'refused' })
    expect((await proxy.get('/metrics')).text).toContain('tls_config.ca_file: ENOENT')
    await writeFile(path, (await certificateFor('app')).cert)
    expect(await configure()).toMatchObject({ kind: 'loaded' })
  })

  test('that is none is refused', async () => {
    await writeFile(path, 'no certificate')
    await configure()
    expect((await proxy.get('/metrics')).text).toContain(
      `tls_config.ca_file: ${path} does not hold a PEM certificate`,
    )
  })
})

describe('the page', () => {
  beforeEach(async () => {
    proxy = await startProxy(good())
    await proxy.get('/metrics')
  })

  test('is text for a terminal', async () => {
    expect((await proxy.get('/')).text).toBe(`MetricGate 1.2.3

application    http://127.0.0.1:${application.port}/metrics
configuration  read at 2026-01-01T00:00:00.000Z
last scrape    at 2026-01-01T00:00:00.000Z in 0 ms: 3 samples (26 bytes) in, 2 samples (8 bytes) out

/metrics              the application's metrics after 1 rule
/metrics/b            subset b, after 1 rule
/source               the application's own answer
/analyze              series by metric and values by label, before the rules
/analyze?format=json  the same as JSON
/_policies            policies and where they come from
/_metrics             metrics of this proxy itself
/_health              whether it runs
/_ready               whether it can serve
`)
  })

  test('is HTML with links for a browser', async () => {
    const { headers, text } = await proxy.get('/', { accept: 'text/html,*/*;q=0.8' })
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    for (const path of ['/metrics', '/metrics/b', '/source', '/analyze', '/_metrics'])
      expect(text).toContain(`<a href="${path}">${path}</a>`)
  })

  test('escapes what comes from elsewhere', async () => {
    await application.stop()
    application = await startApplication((_, response) =>
      response.writeHead(500).end('<script>alert(1)</script>'),
    )
    await proxy.configure({ upstream_url: `http://127.0.0.1:${application.port}/?a=<b>` })
    await proxy.get('/metrics')
    const { text } = await proxy.get('/', { accept: 'text/html' })
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).not.toContain('<script>')
  })
})

describe('its own metrics', () => {
  test('count samples, bytes, drops and merges of each output', async () => {
    proxy = await startProxy(good())
    for (let round = 0; round < 2; round++) await proxy.get('/metrics')
    const counted = {
      'metricgate_proxy_scrapes_total{result="success"}': 2,
      metricgate_proxy_samples_in_total: 6,
      metricgate_proxy_bytes_in_total: 52,
      'metricgate_proxy_samples_out_total{output="/metrics"}': 4,
      'metricgate_proxy_bytes_out_total{output="/metrics"}': 16,
      'metricgate_proxy_merged_series_total{output="/metrics"}': 2,
      'metricgate_proxy_samples_out_total{output="/metrics/b"}': 2,
      'metricgate_proxy_dropped_series_total{output="/metrics/b"}': 4,
      metricgate_proxy_scrape_duration_seconds_count: 2,
      'metricgate_proxy_build_info{version="1.2.3"}': 1,
      process_resident_memory_bytes: 1e6,
      process_cpu_seconds_total: 0.5,
    }
    for (const [series, value] of Object.entries(counted))
      expect([series, await proxy.metric(series)]).toEqual([series, value])
  })

  test('count failures by code; the log tells of the first, and of the end', async () => {
    proxy = await startProxy({ ...good(), upstream_url: 'http://127.0.0.1:1/metrics' })
    for (let round = 0; round < 2; round++) await proxy.get('/metrics')
    expect(await proxy.metric('metricgate_proxy_upstream_errors_total{code="E_UPSTREAM_CONNECT"}')).toBe(2)
    await proxy.configure(good())
    await proxy.get('/metrics')
    expect(proxy.log.filter(line => /scrape/.test(line))).toEqual([
      'warn: scrape failed: upstream http://127.0.0.1:1/metrics: connection refused; is the application listening on that port?',
      'info: scrapes succeed again',
    ])
  })
})

test('what is not there is 404 and leads to the page', async () => {
  proxy = await startProxy(good())
  const { status, text } = await proxy.get('/nothing')
  expect([status, text]).toEqual([404, 'GET /nothing is not served here; GET / lists what is\n'])
})

test('warnings of a configuration are logged and listed', async () => {
  proxy = await startProxy({
    ...good(),
    metric_relabel_configs: [{ action: 'drop', source_labels: ['job'] }],
    worker_count: 2,
  })
  const warnings = proxy.log.filter(line => line.startsWith('warn: '))
  expect(warnings).toEqual([
    'warn: worker_count: accepted as a key of Tero Edge, without effect here',
    expect.stringMatching(
      /^warn: metric_relabel_configs\[0\]: drop reads job, which Prometheus adds only after this/,
    ),
  ])
  expect((await proxy.get('/')).text).toContain('worker_count: accepted as a key of Tero Edge')
})
