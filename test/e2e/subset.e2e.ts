import { expect } from '@jest/globals'
import { samplesOf } from './support/counted.ts'
import { gate } from './support/gates.ts'
import { installOperator } from './support/operator.ts'
import { podsWithSidecar } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { applicationFiles, counter, deployment, podTemplate } from './support/workloads.ts'

const GATE = 'shop'
const REPLICAS = 3
const REQUESTS_PER_SECOND = 50
const INTERVAL_SECONDS = 2
/** So many scrapes of each pod are looked at. */
const SCRAPES = 10

story('Each replica by itself, and requests added up', { namespace: 'story-subset' }, (stage, step) => {
  const replicas = `namespace="${stage.namespace}",job="${GATE}"`
  const requests = `namespace="${stage.namespace}",job="${GATE}-requests"`

  step('three replicas run with their sidecars, and an aggregator beside them', async () => {
    await installOperator(stage)
    const container = counter({ environment: { RATE: String(REQUESTS_PER_SECOND) } })
    await stage.apply(
      await applicationFiles(),
      gate(GATE, {
        mode: 'Subset',
        selector: { matchLabels: { app: 'shop' } },
        targets: [{ port: 'http' }],
        monitor: { interval: `${INTERVAL_SECONDS}s`, scrapeTimeout: `${INTERVAL_SECONDS}s` },
        metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'shop_request.*' }],
        subsets: [
          {
            name: 'requests',
            aggregate: true,
            metricRelabelings: [
              { action: 'keep', sourceLabels: ['__name__'], regex: 'shop_request.*' },
              { action: 'labeldrop', regex: 'path' },
            ],
          },
        ],
      }),
      deployment('shop', podTemplate(container, { annotations: { 'metricgate.io/inject': GATE } }), {
        replicas: REPLICAS,
      }),
    )
    await podsWithSidecar(stage, 'shop', REPLICAS)
  })

  step('Prometheus has each replica with its own metrics, and an up that is its own', async () => {
    await soon(
      'up is 1 for each, and shop_scrapes_total is there for each',
      async () => [
        (await stage.prometheus(`up{${replicas}}`)).map(({ value }) => value),
        (await stage.prometheus(`shop_scrapes_total{${replicas}}`)).length,
      ],
      seen => expect(seen).toEqual([[1, 1, 1], REPLICAS]),
    )
    expect(await stage.prometheus(`{${replicas},__name__=~"shop_request.+"}`)).toEqual([])
  })

  step('requests are one series, whose rate is that of all replicas', async () => {
    const expected = REPLICAS * REQUESTS_PER_SECOND
    await soon(
      `one series of shop_requests_total, without the label path, at ${expected} per second`,
      () => stage.prometheus(`rate(shop_requests_total{${requests}}[20s])`),
      series => {
        expect(series.map(({ metric }) => metric.path ?? 'no path')).toEqual(['no path'])
        expect(series[0]?.value).toBeGreaterThan(expected * 0.9)
        expect(series[0]?.value).toBeLessThan(expected * 1.1)
      },
    )
    expect(await stage.prometheus(`shop_scrapes_total{${requests}}`)).toEqual([])
  })

  step('the application is scraped once per interval, though two read of it', async () => {
    const seconds = SCRAPES * INTERVAL_SECONDS
    const series = await soon(
      `${SCRAPES} scrapes of each replica`,
      () => samplesOf(stage, `shop_scrapes_total{${replicas}}`, seconds),
      seen => seen.length === REPLICAS && seen.every(({ values }) => values.length >= SCRAPES - 1),
    )
    for (const { labels, values } of series) {
      const upstream = (values.at(-1) ?? Number.NaN) - (values[0] ?? Number.NaN)
      const scrapes = values.length - 1
      // Half as many again would be the aggregator's own.
      if (!(upstream <= scrapes * 1.4))
        throw new Error(
          `expected that ${labels.pod} is scraped once for each of the ${scrapes} scrapes of its sidecar\nsaw that it was scraped ${upstream} times`,
        )
    }
  })
})
