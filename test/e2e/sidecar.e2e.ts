import { expect } from '@jest/globals'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { gate } from './support/gates.ts'
import { admissions, installByHelm } from './support/operator.ts'
import { identity, podsWithoutSidecar, podsWithSidecar } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { applicationFiles, deployment, exporter, podTemplate } from './support/workloads.ts'

const GATE = 'exporter'
const REPLICAS = 2
const APPLICATION_PORT = 9090
const targets = [{ port: 'web' }]
/** Requests that lack a parameter, to two handlers. */
const BAD_REQUESTS = ['/api/v1/query', '/api/v1/series', '/api/v1/series']
const monitor = { interval: '1s', scrapeTimeout: '1s' }

story('A sidecar reduces what an application exposes', { namespace: 'story-sidecar' }, (stage, step) => {
  const scraped = `namespace="${stage.namespace}",job="${GATE}"`
  let pods: AnyObject[]

  step('the operator is installed by Helm', async () => {
    await installByHelm(stage)
  })

  step('pods that opt in run with a sidecar, where Pod Security `restricted` is enforced', async () => {
    const metricRelabelings = [
      { action: 'drop', sourceLabels: ['__name__'], regex: 'go_.*' },
      { action: 'labeldrop', regex: 'handler' },
    ]
    const template = podTemplate(exporter(), { annotations: { 'metricgate.io/inject': GATE } })
    await stage.apply(
      gate(GATE, { targets, monitor, metricRelabelings }),
      await applicationFiles(),
      deployment('exporter', template, { replicas: REPLICAS }),
    )
    pods = await podsWithSidecar(stage, 'exporter', REPLICAS)
  })

  step('a pod that does not opt in starts as it is written, and the operator is not even asked', async () => {
    const asked = await admissions(stage)
    await stage.apply(deployment('bystander', podTemplate(exporter())))
    await podsWithoutSidecar(stage, 'bystander', 1)
    expect(await admissions(stage)).toBe(asked)
  })

  step('kubectl get metricgate shows the gate ready, and both pods with their sidecar', async () => {
    await soon(
      'READY is True, PODS is 2, INJECTED is 2',
      async () => columns(await stage.kubectl('get', 'metricgate', GATE, `--namespace=${stage.namespace}`)),
      row => expect(row).toMatchObject({ NAME: GATE, READY: 'True', PODS: '2', INJECTED: '2' }),
    )
  })

  step('Prometheus scrapes both sidecars by the ServiceMonitor that the operator made', async () => {
    await soon(
      'up is 1 for the sidecar of each pod',
      () => stage.prometheus(`up{${scraped}}`),
      up => {
        const seen = up.map(({ metric, value }) => ({ pod: metric.pod, container: metric.container, value }))
        const wanted = pods.map(pod => ({ pod: pod.metadata?.name, container: 'metricgate', value: 1 }))
        expect(sorted(seen)).toEqual(sorted(wanted))
      },
    )
  })

  step('Prometheus has the reduced series, and their sums', async () => {
    for (const pod of pods) {
      const name = pod.metadata?.name ?? ''
      for (const path of BAD_REQUESTS)
        expect((await stage.get(name, APPLICATION_PORT, path)).status).toBe(400)
      await soon(
        `${name} has one series for bad requests to all handlers: ${BAD_REQUESTS.length}`,
        () => stage.prometheus(`prometheus_http_requests_total{${scraped},pod="${name}",code="400"}`),
        series => expect(series.map(({ value }) => value)).toEqual([BAD_REQUESTS.length]),
      )
      const { body } = await stage.get(name, APPLICATION_PORT, '/metrics')
      expect(body).toMatch(/^go_goroutines /m)
      expect(
        body.match(/^prometheus_http_requests_total\{code="400",handler="[^"]+"\} [12]$/gm),
      ).toHaveLength(2)
    }
    expect(await stage.prometheus(`{${scraped},__name__=~"go_.+"}`)).toEqual([])
    expect(await stage.prometheus(`{${scraped},handler!=""}`)).toEqual([])
  })

  step('an edit of the gate reaches Prometheus, and no pod restarts', async () => {
    const before = (await stage.pods('app=exporter')).map(identity)
    const metricRelabelings = [{ action: 'drop', sourceLabels: ['__name__'], regex: 'prometheus_.*' }]
    await stage.apply(gate(GATE, { targets, monitor, metricRelabelings }))
    await soon(
      'go_goroutines of both pods has come, and all of prometheus_… has gone',
      async () => [
        await stage.prometheusNumber(`count(go_goroutines{${scraped}})`),
        await stage.prometheusNumber(`count({${scraped},__name__=~"prometheus_.+"})`),
      ],
      counts => expect(counts).toEqual([REPLICAS, undefined]),
    )
    expect((await stage.pods('app=exporter')).map(identity)).toEqual(before)
  })
})

/** A table of kubectl with one row, by its header. */
function columns(table: string): Record<string, string> {
  const [header = [], row = []] = table.split('\n').map(line => line.trim().split(/ {2,}/))
  return Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']))
}

function sorted<T extends { readonly pod: string | undefined }>(entries: readonly T[]): T[] {
  return entries.toSorted((a, b) => ((a.pod ?? '') < (b.pod ?? '') ? -1 : 1))
}
