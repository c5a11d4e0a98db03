import { expect } from '@jest/globals'
import { gate, gateStatus } from './support/gates.ts'
import {
  installOperator,
  OPERATOR_REPLICAS,
  operatorPods,
  uninstallOperator,
  upgradeOperator,
} from './support/operator.ts'
import { identity, isReady, podsWithSidecar, sidecarVersion } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { applicationFiles, counter, deployment, podTemplate } from './support/workloads.ts'

const GATE = 'shop'
const REPLICAS = 2
const APPLICATION_PORT = 8080
const SIDECAR_PORT = 9464

story('Upgrades lose no scrape, uninstall leaves nothing', { namespace: 'story-upgrade' }, (stage, step) => {
  const { version, nextVersion } = stage.setup
  let watchedSinceMs: number

  step('an application with sidecars of this version is scraped', async () => {
    await installOperator(stage)
    const template = podTemplate(counter(), { annotations: { 'metricgate.io/inject': GATE } })
    await stage.apply(
      await applicationFiles(),
      gate(GATE, {
        selector: { matchLabels: { app: 'shop' } },
        targets: [{ port: 'http' }],
        monitor: { interval: '2s', scrapeTimeout: '2s' },
        metricRelabelings: [{ action: 'labeldrop', regex: 'path' }],
      }),
      deployment('shop', template, {
        replicas: REPLICAS,
        // Prometheus takes up to 5 s to find a new pod.
        minReadySeconds: 10,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: REPLICAS } },
      }),
    )
    const pods = await podsWithSidecar(stage, 'shop', REPLICAS)
    expect(pods.map(sidecarVersion)).toEqual([version, version])
    await soon(
      'both are up in Prometheus',
      () => stage.prometheusNumber(answering()),
      count => expect(count).toBe(REPLICAS),
    )
    watchedSinceMs = performance.now()
  })

  step('the operator is upgraded: it runs in the new version, and pods are as they were', async () => {
    const before = (await stage.pods('app=shop')).map(identity)
    await upgradeOperator(stage)
    await soon(
      'two pods of the operator, in the new version',
      () => operatorPods(stage),
      pods => {
        const images = pods.flatMap(pod => pod.spec.containers.map(({ image }: { image: string }) => image))
        expect(images).toEqual(Array(OPERATOR_REPLICAS).fill(`metricgate/operator:${nextVersion}`))
      },
    )
    expect((await stage.pods('app=shop')).map(identity)).toEqual(before)
    await soon(
      'the gate counts both sidecars as outdated',
      async () => (await gateStatus(stage, GATE)).pods,
      pods => expect(pods).toMatchObject({ injected: REPLICAS, outdated: REPLICAS }),
    )
    await noScrapeLost()
  })

  step(
    'a restart of the workload upgrades its sidecars, and at all times as many pods answer as before',
    async () => {
      const workload = ['deployment/shop', `--namespace=${stage.namespace}`]
      await stage.kubectl('rollout', 'restart', ...workload)
      await stage.kubectl('rollout', 'status', ...workload, '--timeout=120s')
      await soon(
        'two pods with a sidecar of the new version',
        () => stage.pods('app=shop'),
        pods => expect(pods.map(sidecarVersion)).toEqual([nextVersion, nextVersion]),
      )
      await soon(
        'the gate counts none as outdated',
        async () => (await gateStatus(stage, GATE)).pods,
        pods => expect(pods).toMatchObject({ injected: REPLICAS, outdated: 0 }),
      )
      await noScrapeLost()
    },
  )

  step('the operator is uninstalled: nothing of it is left, nor of the gate', async () => {
    await uninstallOperator(stage)
    const kinds = (await stage.kubectl('api-resources', '--verbs=list', '--output=name')).trim().split('\n')
    const listed = kinds.filter(kind => !/^events(\.|$)/.test(kind)).join(',')
    await soon(
      'no object of any kind with metricgate in its name',
      async () => {
        const names = await stage.kubectl('get', listed, '--all-namespaces', '--output=name')
        return names.split('\n').filter(name => name.includes('metricgate'))
      },
      names => expect(names).toEqual([]),
      { timeoutMs: 120_000, intervalMs: 2_000 },
    )
  })

  step('the pods are still there, as they were, and serve what they served', async () => {
    const pods = await stage.pods('app=shop')
    expect(pods.map(isReady)).toEqual([true, true])
    expect(pods.map(sidecarVersion)).toEqual([nextVersion, nextVersion])
    expect(pods.flatMap(pod => Object.values(identity(pod).restarts))).toEqual([0, 0, 0, 0])
    for (const pod of pods) {
      const name = pod.metadata?.name ?? ''
      const application = await stage.get(name, APPLICATION_PORT, '/metrics')
      expect(application.body).toMatch(/^shop_requests_total\{path=/m)
      const sidecar = await stage.get(name, SIDECAR_PORT, '/metrics')
      expect(sidecar.status).toBe(200)
      expect(sidecar.body).toMatch(/^shop_requests_total\{code="200"\} /m)
      expect(sidecar.body).not.toContain('path=')
    }
  })

  /** How many pods of the gate answer. */
  function answering(): string {
    return `sum(up{namespace="${stage.namespace}",job="${GATE}"})`
  }

  /** Looks at every second since the first step: a scrape that failed counts 0 there, and a target that was missing nothing. */
  async function noScrapeLost(): Promise<void> {
    const seconds = Math.floor((performance.now() - watchedSinceMs) / 1000)
    const lowest = await stage.prometheusNumber(`min_over_time(${answering()}[${seconds}s:1s])`)
    if (lowest !== REPLICAS)
      throw new Error(
        `expected that ${REPLICAS} pods answer in each of the last ${seconds} s\nsaw that at times ${lowest} did`,
      )
  }
})
