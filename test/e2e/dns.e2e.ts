import { expect } from '@jest/globals'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { countedInAll, samplesOf } from './support/counted.ts'
import { conditionOf, gate, gateStatus } from './support/gates.ts'
import { installOperator } from './support/operator.ts'
import { identity, isReady, podsWithoutSidecar } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { applicationFiles, counter, deployment, podTemplate } from './support/workloads.ts'

const GATE = 'shop'
const REQUESTS_PER_SECOND = 50
const APPLICATION_PORT = 8080
/** Of the rate: what is between the scrapes of the aggregator and those of the test. */
const RATE_TOLERANCE = 0.1
/** Of all that was counted. What a process counts between a last scrape and its end, one sees and the other does not. */
const TOTAL_TOLERANCE = 0.1
const monitor = { interval: '1s', scrapeTimeout: '1s' }

story('An aggregator adds up replicas that come and go', { namespace: 'story-dns' }, (stage, step) => {
  const aggregate = `shop_requests_total{namespace="${stage.namespace}",job="${GATE}"}`
  const direct = `shop_requests_total{namespace="${stage.namespace}",job="${stage.namespace}/direct"}`
  const workload = ['deployment/shop', `--namespace=${stage.namespace}`]
  let start: { readonly atMs: number; readonly aggregate: number; readonly direct: number }

  step('three replicas have no sidecar, and an aggregator is scraped for them', async () => {
    await installOperator(stage)
    const container = counter({ environment: { RATE: String(REQUESTS_PER_SECOND) } })
    // A process that is not the first of its container can be killed, as one that runs out of memory is.
    const template = podTemplate(container, { spec: { shareProcessNamespace: true } })
    await stage.apply(
      await applicationFiles(),
      gate(GATE, {
        mode: 'DNS',
        selector: { matchLabels: { app: 'shop' } },
        targets: [{ port: 'http' }],
        monitor,
        metricRelabelings: [{ action: 'labeldrop', regex: 'path' }],
      }),
      deployment('shop', template, { replicas: 3 }),
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { name: 'direct' },
        spec: {
          selector: { matchLabels: { app: 'shop' } },
          podMetricsEndpoints: [{ port: 'http', ...monitor }],
        },
      },
    )
    await resolved(3)
    await soon(
      'the aggregator is up, and its requests are one series',
      async () => [
        await stage.prometheusNumber(`up{namespace="${stage.namespace}",job="${GATE}"}`),
        (await stage.prometheus(aggregate)).map(({ metric }) => metric.path ?? 'no path'),
      ],
      seen => expect(seen).toEqual([1, ['no path']]),
    )
    await podsWithoutSidecar(stage, 'shop', 3)
    await ratesAgree(3)
    start = {
      atMs: performance.now(),
      aggregate: (await stage.prometheusNumber(aggregate)) ?? Number.NaN,
      direct: (await stage.prometheusNumber(`sum(${direct})`)) ?? Number.NaN,
    }
  })

  step('two more replicas: their rate is in the sum', async () => {
    await stage.kubectl('scale', ...workload, '--replicas=5')
    await resolved(5)
    await ratesAgree(5)
  })

  step(
    'one is killed, and dies again when it is back: metricgate_target_up is 0 for it, and for it alone',
    async () => {
      const pod = (await podsWithoutSidecar(stage, 'shop', 5))[0]
      await kill(pod)
      await soon(
        'its process to be restarted',
        async () =>
          (await stage.pods('app=shop')).find(({ metadata }) => metadata?.uid === pod?.metadata?.uid),
        found => found !== undefined && isReady(found) && identity(found).restarts.counter === 1,
      )
      await kill(pod)
      await soon(
        'four of five targets are up, and the dead one is not',
        () => stage.prometheus(`metricgate_target_up{namespace="${stage.namespace}",job="${GATE}"}`),
        targets => {
          const down = targets.filter(({ value }) => value === 0).map(({ metric }) => metric.target)
          expect(targets).toHaveLength(5)
          expect(down).toEqual([`${pod?.status.podIP}:${APPLICATION_PORT}`])
        },
      )
    },
  )

  step('it is back, and counts again', async () => {
    await soon(
      'all five targets are up',
      () => stage.prometheus(`metricgate_target_up{namespace="${stage.namespace}",job="${GATE}"} == 1`),
      targets => expect(targets).toHaveLength(5),
    )
    await ratesAgree(5)
  })

  step('a pod is deleted, and the Deployment rolled', async () => {
    const pod = (await podsWithoutSidecar(stage, 'shop', 5))[0]
    await stage.kubectl('delete', 'pod', pod?.metadata?.name ?? '', `--namespace=${stage.namespace}`)
    await podsWithoutSidecar(stage, 'shop', 5)
    await stage.kubectl('rollout', 'restart', ...workload)
    await stage.kubectl('rollout', 'status', ...workload, '--timeout=180s')
    await resolved(5)
    await ratesAgree(5)
  })

  step('over all of that no counter fell, and the aggregate rose by what the replicas counted', async () => {
    const seconds = (performance.now() - start.atMs) / 1000
    const falls = await stage.prometheusNumber(`resets(${aggregate}[${Math.ceil(seconds)}s])`)
    if (falls !== 0)
      throw new Error(`expected that the aggregate never falls\nsaw that it fell ${falls} times`)
    const inAggregate = ((await stage.prometheusNumber(aggregate)) ?? Number.NaN) - start.aggregate
    // Longer than since the start, so that what ended soon after it is there too.
    const counted = countedInAll(await samplesOf(stage, direct, seconds + 5)) - start.direct
    const difference = Math.abs(inAggregate - counted) / counted
    if (!(difference <= TOTAL_TOLERANCE))
      throw new Error(
        `expected that the aggregate rose by the ${counted} requests that the replicas counted\nsaw that it rose by ${inAggregate}`,
      )
  })

  async function resolved(count: number): Promise<void> {
    await soon(
      `the gate to be ready, with ${count} targets`,
      () => gateStatus(stage, GATE),
      status => {
        expect(status.targets).toMatchObject({ resolved: count, ready: count })
        expect(conditionOf(status, 'Ready')).toBe('True')
      },
    )
  }

  async function ratesAgree(replicas: number): Promise<void> {
    const expected = replicas * REQUESTS_PER_SECOND
    await soon(
      `${replicas} replicas serve ${expected} requests per second, by the aggregate and by sum(rate()) over them`,
      async () => ({
        aggregate: (await stage.prometheusNumber(`rate(${aggregate}[15s])`)) ?? Number.NaN,
        direct: (await stage.prometheusNumber(`sum(rate(${direct}[15s]))`)) ?? Number.NaN,
      }),
      seen => {
        for (const rate of Object.values(seen)) {
          expect(rate).toBeGreaterThan(expected * (1 - RATE_TOLERANCE))
          expect(rate).toBeLessThan(expected * (1 + RATE_TOLERANCE))
        }
      },
    )
  }

  /** Ends the application's process by SIGKILL. It cannot answer any more, so what comes back is an error of some kind. */
  async function kill(pod: AnyObject | undefined): Promise<void> {
    await stage.get(pod?.metadata?.name ?? '', APPLICATION_PORT, '/kill').catch(() => undefined)
  }
})
