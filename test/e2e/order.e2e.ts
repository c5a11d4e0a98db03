import { expect } from '@jest/globals'
import { conditionOf, gate, gateStatus } from './support/gates.ts'
import {
  installCrd,
  installOperator,
  permitRollouts,
  startOperator,
  stopOperator,
  uninstallOperator,
} from './support/operator.ts'
import { identity, podsWithoutSidecar, podsWithSidecar } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { applicationFiles, counter, deployment, podTemplate } from './support/workloads.ts'

const SIDECAR_PORT = 9464

story('Things may be applied in any order', { namespace: 'story-order' }, (stage, step) => {
  const shop = (name: string, more = {}) =>
    gate(name, {
      ...more,
      selector: { matchLabels: { app: name } },
      targets: [{ port: 'http' }],
      monitor: { interval: '1s', scrapeTimeout: '1s' },
      metricRelabelings: [{ action: 'labeldrop', regex: 'path' }],
    })
  const workload = (name: string) =>
    deployment(name, podTemplate(counter(), { annotations: { 'metricgate.io/inject': name } }))
  const counts = async (name: string) => (await gateStatus(stage, name)).pods

  step('first a gate and its pod, where the CRD is all that there is: the pod runs', async () => {
    await uninstallOperator(stage)
    await installCrd(stage)
    await stage.apply(await applicationFiles(), shop('early'), workload('early'))
    await podsWithoutSidecar(stage, 'early', 1)
  })

  step('then the operator: the gate gets ready, and counts the pod that has no sidecar', async () => {
    await installOperator(stage)
    await soon(
      'the gate to be ready, with one pod that should have a sidecar and none that has',
      () => gateStatus(stage, 'early'),
      status => {
        expect(status.pods).toMatchObject({ matched: 1, injected: 0 })
        expect(conditionOf(status, 'Ready')).toBe('True')
      },
    )
  })

  step('a restart of the workload gives it the sidecar', async () => {
    await stage.kubectl('rollout', 'restart', 'deployment/early', `--namespace=${stage.namespace}`)
    await scrapedWithoutPath('early')
    await soon(
      'the gate to count it',
      () => counts('early'),
      pods => expect(pods).toMatchObject({ matched: 1, injected: 1, outdated: 0 }),
    )
  })

  step('a pod before its gate: it is ready, and its sidecar answers 503 with the reason', async () => {
    await stage.apply(workload('late'))
    const [pod] = await podsWithSidecar(stage, 'late', 1)
    await soon(
      'the sidecar, which nobody has to wait for, to answer 503 for want of a configuration',
      () => stage.get(pod?.metadata?.name ?? '', SIDECAR_PORT, '/metrics'),
      answer => expect(answer).toMatchObject({ status: 503, body: expect.stringContaining('config') }),
    )
  })

  step('then its gate: the sidecar serves, and the pod has not restarted', async () => {
    const [before] = (await stage.pods('app=late')).map(identity)
    await stage.apply(shop('late'))
    await scrapedWithoutPath('late')
    expect((await stage.pods('app=late')).map(identity)).toEqual([before])
  })

  step('a pod while the webhook is down: it runs without a sidecar, and is counted afterwards', async () => {
    await stage.apply(shop('missed'))
    await stopOperator(stage)
    await stage.apply(workload('missed'))
    const pods = await podsWithoutSidecar(stage, 'missed', 1)
    await startOperator(stage)
    await soon(
      'one pod that should have a sidecar and none that has',
      () => counts('missed'),
      seen => expect(seen).toMatchObject({ matched: 1, injected: 0 }),
    )
    expect((await stage.pods('app=missed')).map(identity)).toEqual(pods.map(identity))
  })

  step('`rollout: Auto` restarts its workload, once, and it has the sidecar', async () => {
    await permitRollouts(stage)
    await stage.apply(shop('missed', { proxy: { rollout: 'Auto' } }))
    await soon(
      'the gate to count one pod, with the sidecar, when it has looked on for half a minute',
      () => counts('missed'),
      pods => expect(pods).toMatchObject({ matched: 1, injected: 1, outdated: 0 }),
      { timeoutMs: 150_000 },
    )
    await scrapedWithoutPath('missed')
    expect(await generation('missed')).toBe(2)
  })

  async function generation(name: string): Promise<number | undefined> {
    const { namespace } = stage
    const found = await stage.admin.expect({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name })
    return found.metadata?.generation
  }

  async function scrapedWithoutPath(name: string): Promise<void> {
    const [pod] = await podsWithSidecar(stage, name, 1)
    const scraped = `namespace="${stage.namespace}",job="${name}",pod="${pod?.metadata?.name}"`
    await soon(
      'up is 1, and one series of shop_requests_total, without the label path',
      async () => [
        await stage.prometheusNumber(`up{${scraped}}`),
        (await stage.prometheus(`shop_requests_total{${scraped}}`)).map(
          ({ metric }) => metric.path ?? 'none',
        ),
      ],
      seen => expect(seen).toEqual([1, ['none']]),
    )
  }
})
