import { expect } from '@jest/globals'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { gate } from './support/gates.ts'
import { installOperator } from './support/operator.ts'
import { podsWithSidecar, sidecarPort, sidecars } from './support/pods.ts'
import { soon } from './support/soon.ts'
import type { Stage } from './support/stage.ts'
import { story } from './support/story.ts'
import {
  applicationFiles,
  counter,
  deployment,
  exporter,
  labelled,
  podTemplate,
} from './support/workloads.ts'

const GATE = 'shop'
const monitor = { interval: '1s', scrapeTimeout: '1s' }
const metricRelabelings = [{ action: 'labeldrop', regex: 'path' }]
const inject = (name: string) => ({ 'metricgate.io/inject': name })

story('Every kind of workload runs with the sidecar', { namespace: 'story-workloads' }, (stage, step) => {
  step('the operator is there, and a gate', async () => {
    await installOperator(stage)
    const exporterGate = gate('exporter', {
      targets: [{ port: 'web' }],
      monitor,
      metricRelabelings: [{ action: 'labeldrop', regex: 'handler' }],
      proxy: { port: 9090 },
    })
    await stage.apply(
      await applicationFiles(),
      gate(GATE, { targets: [{ port: 'http' }], monitor, metricRelabelings }),
      exporterGate,
    )
  })

  step('a CronJob is scheduled, for the end of this story', async () => {
    const jobTemplate = { spec: jobSpec('cronjob') }
    const spec = { schedule: '* * * * *', concurrencyPolicy: 'Forbid', jobTemplate }
    await stage.apply({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'cronjob' }, spec })
  })

  step('a Job is scraped by its sidecar, and completes', async () => {
    await stage.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'job' },
      spec: jobSpec('job'),
    })
    await completes(stage, 'job')
  })

  step('a StatefulSet', async () => {
    const template = labelled('statefulset', podTemplate(counter(), { annotations: inject(GATE) }))
    const spec = {
      serviceName: 'statefulset',
      replicas: 2,
      selector: { matchLabels: { app: 'statefulset' } },
      template,
    }
    await stage.apply({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'statefulset' }, spec })
    await worksWithSidecar(stage, 'statefulset', 2)
  })

  step('a DaemonSet', async () => {
    const template = labelled('daemonset', podTemplate(counter(), { annotations: inject(GATE) }))
    const spec = { selector: { matchLabels: { app: 'daemonset' } }, template }
    await stage.apply({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'daemonset' }, spec })
    await worksWithSidecar(stage, 'daemonset', 1)
  })

  step(
    'a pod with init containers: the application starts after them, and the sidecar is the last',
    async () => {
      const { ports: _, readinessProbe: __, ...container } = counter()
      const first = {
        ...container,
        name: 'first',
        command: ['node', '--eval', 'process.stdout.write("prepared")'],
      }
      const template = podTemplate(counter(), {
        annotations: inject(GATE),
        spec: { initContainers: [first] },
      })
      await stage.apply(deployment('init', template))
      const [pod] = await worksWithSidecar(stage, 'init', 1)
      const names = pod?.spec.initContainers.map(({ name }: { name: string }) => name)
      expect(names).toEqual(['first', 'metricgate'])
      expect(
        await stage.kubectl('logs', pod?.metadata?.name ?? '', '-c', 'first', '-n', stage.namespace),
      ).toBe('prepared')
    },
  )

  step('a pod whose application has the port that the gate asks for, 9090, keeps it', async () => {
    const template = podTemplate(exporter(), { annotations: inject('exporter') })
    await stage.apply(deployment('port-9090', template))
    const [pod] = await worksWithSidecar(stage, 'port-9090', 1)
    const application = await stage.get(pod?.metadata?.name ?? '', 9090, '/metrics')
    expect(application.body).toMatch(/^prometheus_http_requests_total\{.*handler=/m)
    expect(sidecarPort(pod)).toBe(9091)
    const sidecar = await stage.get(pod?.metadata?.name ?? '', 9091, '/metrics')
    expect(sidecar.body).toMatch(/^prometheus_http_requests_total\{/m)
    expect(sidecar.body).not.toContain('handler=')
  })

  step('the Job of the CronJob has completed as well', async () => {
    const kind = { apiVersion: 'batch/v1', kind: 'Job', namespace: stage.namespace }
    const [job] = await soon(
      'a Job of the CronJob within a minute and a half',
      async () =>
        (await stage.admin.list(kind)).filter(({ metadata }) => metadata?.name?.startsWith('cronjob-')),
      jobs => jobs.length > 0,
      { timeoutMs: 90_000 },
    )
    await completes(stage, job?.metadata?.name ?? '')
  })
})

story(
  'A pod in the network of its node runs with the sidecar',
  { namespace: 'story-host-network', podSecurity: 'privileged' },
  (stage, step) => {
    step('on the port that its gate names', async () => {
      await installOperator(stage)
      const template = podTemplate(counter({ port: 18_080 }), {
        annotations: inject('host'),
        spec: { hostNetwork: true },
      })
      await stage.apply(
        await applicationFiles(),
        gate('host', { targets: [{ port: 'http' }], monitor, metricRelabelings, proxy: { port: 19_464 } }),
        deployment('host-network', template, { strategy: { type: 'Recreate' } }),
      )
      const [pod] = await worksWithSidecar(stage, 'host-network', 1)
      expect(sidecarPort(pod)).toBe(19_464)
      expect(pod?.status.podIP).toBe(pod?.status.hostIP)
    })
  },
)

/** A Job whose application ends well when it has been scraped three times: without the sidecar it never is. */
function jobSpec(name: string): AnyObject {
  const template = podTemplate(counter({ environment: { ENDS_AFTER: '3' } }), {
    annotations: inject(GATE),
    spec: { restartPolicy: 'Never' },
  })
  return { backoffLimit: 0, template: labelled(name, template) }
}

async function completes(stage: Stage, name: string): Promise<void> {
  await soon(
    `Job ${name} to be complete`,
    () => stage.admin.expect({ apiVersion: 'batch/v1', kind: 'Job', namespace: stage.namespace, name }),
    job => expect(job.status).toMatchObject({ succeeded: 1 }),
    { describe: job => job.status },
  )
  const [pod] = await stage.pods(`batch.kubernetes.io/job-name=${name}`)
  expect(pod?.status.phase).toBe('Succeeded')
  expect(pod && sidecars(pod)).toEqual(['metricgate'])
  const scraped = `namespace="${stage.namespace}",pod="${pod?.metadata?.name}"`
  expect(await stage.prometheusNumber(`count(count_over_time(shop_scrapes_total{${scraped}}[5m]))`)).toBe(1)
}

/** Waits until all pods of a workload are ready with their sidecar and Prometheus gets metrics from each, without the label `path`. */
async function worksWithSidecar(stage: Stage, app: string, count: number): Promise<AnyObject[]> {
  const pods = await podsWithSidecar(stage, app, count)
  for (const pod of pods) {
    const scraped = `namespace="${stage.namespace}",pod="${pod.metadata?.name}",container="metricgate"`
    await soon(
      `up of ${pod.metadata?.name} is 1 in Prometheus`,
      () => stage.prometheus(`up{${scraped}}`),
      up => expect(up.map(({ value }) => value)).toEqual([1]),
    )
    expect(await stage.prometheus(`{${scraped},path!=""}`)).toEqual([])
  }
  return pods
}
