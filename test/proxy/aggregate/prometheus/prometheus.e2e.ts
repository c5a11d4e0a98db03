import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../../proxy/config.ts'
import { startProxy, type TestProxy } from '../../server/proxy.ts'
import { NAME } from '../../server/rounds/replicas.ts'
import { Comparison, disagrees } from './comparison.ts'
import { Fleet } from './fleet.ts'
import { MEAN_LATENCY } from './process.ts'
import { type Prometheus, startPrometheus } from './prometheus.ts'
import { HOSTS, launchFirst, play, type Story, WINDOW_MS } from './story.ts'
import { Table } from './table.ts'

// A first build of Prometheus takes minutes.
jest.setTimeout(600_000)

const now = () => Date.now()
const realClock = {
  get now() {
    return now()
  },
}
const cleanups: (() => Promise<void>)[] = []
const table = new Table()
let prometheus: Prometheus
let story: Story
let seen: Comparison

beforeAll(async () => {
  const fleet = await Fleet.start(now)
  cleanups.push(() => fleet.replicas.stop())
  const first = await launchFirst(fleet)
  const { port } = fleet.replicas
  const aggregator = async (counters: 'increase' | 'sum'): Promise<TestProxy> => {
    const config: ProxyConfigFile = {
      upstream_url: `dns+http://${NAME}:${port}/metrics`,
      // Half of what Prometheus allows: it still gets its answer when a target is slower.
      scrape_timeout: '500ms',
      aggregation: { counters },
    }
    const proxy = await startProxy(config, fleet.replicas.resolver, realClock)
    cleanups.push(() => proxy.stop())
    return proxy
  }
  const [increase, sum] = [await aggregator('increase'), await aggregator('sum')]
  prometheus = await startPrometheus({
    direct: HOSTS.map(host => `127.0.0.${host}:${port}`),
    aggregate: [`127.0.0.1:${increase.port}`],
    sum: [`127.0.0.1:${sum.port}`],
  })
  cleanups.push(() => prometheus.stop())
  story = await play(fleet, first, prometheus, now)
  seen = await Comparison.of(fleet, prometheus, story, now())
})

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup()
  process.stderr.write(`${table}`)
})

const WINDOW = `[${WINDOW_MS}ms]`
const COUNTERS = [
  ['requests_total', 1],
  ['latency_seconds_count', 1],
  ['latency_seconds_sum', MEAN_LATENCY],
  ['latency_seconds_bucket{le="0.1"}', 0.5],
] as const

/** The series of a metric, perhaps with labels, that come from a job. */
const select = (metric: string, job: string) =>
  metric.includes('{') ? metric.replace('{', `{job="${job}",`) : `${metric}{job="${job}"}`

describe('real Prometheus, over a run with restarts', () => {
  test.each(COUNTERS)(
    'the rate of %s of the aggregate is the sum of those of the targets',
    async (metric, perRequest) => {
      const aggregate = `rate(${select(metric, 'aggregate')}${WINDOW})`
      const direct = `sum(rate(${select(metric, 'direct')}${WINDOW}))`
      const pairs = await seen.rates(aggregate, direct, WINDOW_MS, perRequest)
      table.add(`rate ${metric}: aggregate, direct`, pairs)
      expect(pairs.filter(disagrees)).toEqual([])
    },
  )

  test('over the whole run it has risen by what the targets have, and have counted', async () => {
    const { fromMs, toMs } = story.span
    const run = `[${toMs - fromMs}ms]`
    const aggregate = await seen.atEnd(`increase(requests_total{job="aggregate"}${run})`)
    const direct = await seen.atEnd(`sum(increase(requests_total{job="direct"}${run}))`)
    const common = { atMs: toMs, left: aggregate, tolerance: seen.doubt }
    const pairs = [
      { ...common, right: direct },
      { ...common, right: seen.counted },
    ]
    table.add('increase over the run: aggregate, direct', pairs.slice(0, 1))
    table.add('increase over the run: aggregate, counted', pairs.slice(1))
    expect(pairs.filter(disagrees)).toEqual([])
  })

  test('no counter of the aggregate ever resets', async () => {
    const { fromMs, toMs } = story.span
    const query = (metric: string) =>
      prometheus.query(`resets(${select(metric, 'aggregate')}[${toMs - fromMs}ms])`, toMs)
    const counters = [
      'requests_total',
      'latency_seconds_bucket',
      'latency_seconds_sum',
      'latency_seconds_count',
    ]
    const series = (await Promise.all(counters.map(query))).flat()
    const resets = series.map(({ points }) => points[0]?.value)
    table.remark(`resets of the aggregate, by series: ${resets}`)
    expect(resets).toEqual(Array.from({ length: 9 }, () => 0))
  })

  test.each([0.4, 0.75, 0.95])(
    'the %d quantile of the aggregate is that of the targets together',
    async quantile => {
      const aggregate = `rate(latency_seconds_bucket{job="aggregate"}${WINDOW})`
      const direct = `sum by (le) (rate(latency_seconds_bucket{job="direct"}${WINDOW}))`
      const quantileOf = (buckets: string) => `histogram_quantile(${quantile}, ${buckets})`
      const pairs = await seen.pairs(quantileOf(aggregate), quantileOf(direct), WINDOW_MS)
      table.add(`quantile ${quantile}: aggregate, direct`, pairs)
      expect(pairs.filter(disagrees)).toEqual([])
    },
  )

  test('a gauge is the sum of those of the targets', async () => {
    // The last replica left longer ago than this.
    const last = (job: string) => `last_over_time(in_flight{job="${job}"}[5s])`
    const aggregate = await seen.atEnd(last('aggregate'))
    table.remark(`in_flight at the end: ${aggregate}`)
    expect(aggregate).toBe(await seen.atEnd(`sum(${last('direct')})`))
  })

  test('metricgate_target_up shows a target that is dead, as long as it is', async () => {
    const { target, span } = story.dead
    const samples = `metricgate_target_up{job="aggregate",target="${target}"}[${span.toMs - span.fromMs}ms]`
    const [series] = await prometheus.query(samples, span.toMs)
    const values = series?.points.map(({ value }) => value) ?? []
    table.remark(`metricgate_target_up of the dead target: ${values}`)
    expect(values.length).toBeGreaterThan(0)
    expect(new Set(values)).toEqual(new Set([0]))
  })

  test('a plain sum resets, and its rate is far off', async () => {
    const { fromMs, toMs } = story.span
    const resets = await seen.atEnd(`resets(requests_total{job="sum"}[${toMs - fromMs}ms])`)
    const rate = `rate(requests_total{job="sum"}${WINDOW})`
    const pairs = await seen.rates(rate, `sum(rate(requests_total{job="direct"}${WINDOW}))`, WINDOW_MS, 1)
    table.add('rate requests_total: plain sum, direct', pairs)
    table.remark(`resets of the plain sum: ${resets}`)
    expect(resets).toBeGreaterThan(0)
    expect(Math.max(...pairs.map(({ left, right }) => left / right))).toBeGreaterThan(10)
  })
})
