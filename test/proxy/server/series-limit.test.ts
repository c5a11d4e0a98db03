import { afterEach, describe, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { SERIES_UNSEEN_SCRAPES } from '../../../proxy/limits.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const MAX = 500
const EXPOSED = 3 * MAX
const LIMITED = 'metricgate_proxy_limited_samples_total'

let application: Application
let proxy: TestProxy
/** How many series the application exposes, none of which it has exposed before. */
let exposed = EXPOSED

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

async function start(config: Partial<ProxyConfigFile>): Promise<void> {
  exposed = EXPOSED
  let made = 0
  application = await startApplication((_, response) => {
    const lines = Array.from({ length: exposed }, () => `m{id="${made++}",a="x"} 1\n`)
    response.setHeader('content-type', 'text/plain').end(lines.join(''))
  })
  proxy = await startProxy({ upstream_url: `http://127.0.0.1:${application.port}/metrics`, ...config })
}

const linesOf = (text: string): number => text.split('\n').length - 1

/** Memory for what is known of series, in bytes. */
const heldBytes = (): number => proxy.runtime.gate()?.program.memory.table('text').heldBytes ?? 0

describe.each([
  ['nothing', []],
  ['keeps', [{ action: 'keep' as const, source_labels: ['id'], regex: '.*' }]],
  ['sums', [{ action: 'labeldrop' as const, regex: 'a' }]],
])('an application that makes up series without end, with rules that do: %s', (_, metric_relabel_configs) => {
  test.each([
    ['pass' as const, EXPOSED],
    ['drop' as const, MAX],
  ])('what is beyond the limit does %s, and is counted', async (on_series_limit, lines) => {
    await start({ metric_relabel_configs, prometheus: { max_series_per_scrape: MAX, on_series_limit } })
    for (let scrape = 1; scrape <= 3; scrape++) {
      expect(linesOf((await proxy.get('/metrics')).text)).toBe(lines)
      expect(await proxy.metric(LIMITED)).toBe(scrape * (EXPOSED - MAX))
    }
  })

  test('takes no more memory after hundreds of scrapes than after some', async () => {
    await start({ metric_relabel_configs, prometheus: { max_series_per_scrape: MAX } })
    const scrape = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i++) await proxy.get('/metrics')
      return heldBytes()
    }
    const some = await scrape(4 * SERIES_UNSEEN_SCRAPES)
    expect(some).toBeGreaterThan(0)
    expect(await scrape(8 * SERIES_UNSEEN_SCRAPES)).toBeLessThanOrEqual(some)
  }, 60_000)
})

test('the log says when it begins, and when it is over', async () => {
  await start({ prometheus: { max_series_per_scrape: MAX } })
  for (const count of [EXPOSED, EXPOSED, MAX, MAX, EXPOSED]) {
    exposed = count
    await proxy.get('/metrics')
  }
  const begins = 'warn: scrape has more series than prometheus.max_series_per_scrape allows'
  const over = 'info: scrapes are within prometheus.max_series_per_scrape again'
  expect(proxy.log.filter(line => line.includes('max_series_per_scrape'))).toEqual([begins, over, begins])
})

test('series without a limit are all read', async () => {
  await start({})
  expect(linesOf((await proxy.get('/metrics')).text)).toBe(EXPOSED)
  expect(await proxy.metric(LIMITED)).toBe(0)
})
