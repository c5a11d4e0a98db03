import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

let application: Application
let proxy: TestProxy

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

async function start(answer: RequestListener, config: Partial<ProxyConfigFile>): Promise<void> {
  application = await startApplication(answer)
  proxy = await startProxy({ upstream_url: `http://127.0.0.1:${application.port}/metrics`, ...config })
}

const BODY = 'a{p="1"} 1\na{p="2"} 1\nb 1\n'
const exposing: RequestListener = (_, response) => response.setHeader('content-type', 'text/plain').end(BODY)
const truncations = () =>
  Promise.all([
    proxy.metric('metricgate_proxy_truncated_input_total'),
    proxy.metric('metricgate_proxy_truncated_output_total{output="/metrics"}'),
  ])

describe('what is larger than a limit', () => {
  test.each([
    ['the input, without rules', { max_input_bytes_per_scrape: 15 }, [], 'a{p="1"} 1\n', [1, 0]],
    [
      'the input, with rules',
      { max_input_bytes_per_scrape: 24 },
      [{ action: 'labeldrop', regex: 'p' }],
      'a 2\n',
      [1, 0],
    ],
    ['the output', { max_output_bytes_per_scrape: 23 }, [], 'a{p="1"} 1\na{p="2"} 1\n', [0, 1]],
  ] as const)('is cut at a line end, and counted: %s', async (_, prometheus, rules, text, counted) => {
    await start(exposing, { prometheus, metric_relabel_configs: [...rules] })
    expect((await proxy.get('/metrics')).text).toBe(text)
    expect(await truncations()).toEqual(counted)
  })

  const cuts: readonly (readonly [string, Partial<ProxyConfigFile>])[] = [
    ['the input', { prometheus: { max_input_bytes_per_scrape: 15 } }],
    ['the main output', { prometheus: { max_output_bytes_per_scrape: 15 } }],
    [
      'a subset',
      {
        prometheus: { max_output_bytes_per_scrape: 15 },
        metric_relabel_configs: [{ action: 'drop' }],
        subsets: [{ name: 'all' }],
      },
    ],
  ]

  test.each(cuts)('is told in the log once: %s', async (_, config) => {
    await start(exposing, config)
    for (let round = 0; round < 3; round++) await proxy.get('/metrics')
    expect(proxy.log.filter(line => line.includes('truncated'))).toEqual([
      expect.stringContaining(
        'larger than prometheus.max_input_bytes_per_scrape or max_output_bytes_per_scrape allow',
      ),
    ])
  })

  test.each([
    ['max_input_bytes_per_scrape', 'the exposition is larger than 15 bytes'],
    ['max_output_bytes_per_scrape', 'the main output is larger than 15 bytes'],
  ])('fails with on_limit: fail: %s', async (key, reason) => {
    await start(exposing, {
      prometheus: { [key]: 15, on_limit: 'fail' },
      metric_relabel_configs: [{ target_label: 'long', replacement: 'enough' }],
    })
    const { status, text } = await proxy.get('/metrics')
    expect([status, text]).toEqual([502, `${reason}\n`])
  })
})

describe('the deadline', () => {
  const never: RequestListener = () => undefined

  test.each([
    ['the configuration’s, where it is sooner', '100ms', '60', '0.1 s'],
    ['the client’s, less a margin for the answer', '60s', '0.1', '0.09 s'],
  ])('is %s', async (_, scrape_timeout, header, within) => {
    await start(never, { scrape_timeout })
    const { status, text } = await proxy.get('/metrics', { 'x-prometheus-scrape-timeout-seconds': header })
    expect([status, text]).toEqual([504, expect.stringMatching(`: no response within ${within}\n$`)])
    expect(await proxy.metric('metricgate_proxy_upstream_errors_total{code="E_UPSTREAM_TIMEOUT"}')).toBe(1)
  })

  test.each([
    ['/source', 504],
    ['/analyze', 504],
    // Nothing has been scraped that it could serve.
    ['/metrics/sub', 503],
  ])('holds for %s too', async (path, status) => {
    await start(never, { scrape_timeout: '50ms', subsets: [{ name: 'sub' }] })
    const answer = await proxy.get(path)
    expect([answer.status, answer.text]).toEqual([
      status,
      expect.stringContaining('no response within 0.05 s'),
    ])
  })
})
