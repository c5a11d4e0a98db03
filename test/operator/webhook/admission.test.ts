import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { CoreV1Api, type V1Pod } from '@kubernetes/client-node'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { allContainers } from '../../../operator/webhook/pod-facts.ts'
import { type ControlPlane, eventually } from '../../cluster/index.ts'
import { app, gate, NAMESPACE, optIn, pod } from './fixtures.ts'
import { type OtherWebhook, startOtherWebhook } from './other-webhook.ts'
import {
  createGate,
  createNamespace,
  OPERATOR_NAMESPACE,
  PodCreator,
  type RunningWebhook,
  runWebhook,
  startCluster,
} from './running.ts'

jest.setTimeout(90_000)

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }
const SELECTING = { injection: 'Selector' as const, selector: { matchLabels: { app: 'web' } } }
const GATES = [
  gate('shop'),
  gate('plain', { proxy: { nativeSidecar: 'Never' } }),
  gate('strict', {}, 'restricted'),
  gate('ordinary', { proxy: { nativeSidecar: 'Never' } }, 'restricted'),
  gate('selecting', SELECTING, 'selected'),
  gate('out', SELECTING, 'disabled'),
]

let cluster: ControlPlane
let running: RunningWebhook
let pods: PodCreator
let known: readonly MetricGate[] | undefined = GATES

beforeAll(async () => {
  cluster = await startCluster()
  await Promise.all([
    createNamespace(cluster, NAMESPACE),
    createNamespace(cluster, 'restricted', RESTRICTED),
    createNamespace(cluster, 'selected'),
    createNamespace(cluster, 'disabled', { 'metricgate.io/injection': 'disabled' }),
  ])
  running = await runWebhook(cluster.kubeConfig(), { gates: () => known })
  pods = new PodCreator(cluster)
  await untilCalled()
}, 180_000)

afterAll(async () => {
  await pods?.[Symbol.asyncDispose]()
  await running?.stop()
  await cluster?.stop()
})

beforeEach(() => {
  running.admissions.splice(0)
})

/** The API server calls a moment after it has stored the configuration. */
async function untilCalled(): Promise<void> {
  await eventually('the API server to call the webhook', async () => {
    await pods.create(NAMESPACE, pod(optIn('shop')), { dryRun: true })
    await pods.create('selected', pod(undefined, { labels: { app: 'web' } }), { dryRun: true })
    return running.admissions.length >= 2
  })
}

function reasons(): string[] {
  return running.admissions.map(({ reason }) => reason)
}

describe('a pod created at the API server', () => {
  test('comes back with the sidecar of the gate that it names', async () => {
    const { pod: created, warnings } = await pods.create(NAMESPACE, pod(optIn('shop')))
    expect(warnings).toEqual([])
    expect(created.metadata?.labels).toEqual({ 'metricgate.io/gate': 'shop' })
    expect(created.spec?.initContainers).toEqual([
      expect.objectContaining({
        name: 'metricgate',
        restartPolicy: 'Always',
        ports: [{ name: 'metricgate', containerPort: 9464, protocol: 'TCP' }],
        env: [{ name: 'PORT_HTTP', value: '8080' }],
      }),
    ])
    expect(created.spec?.containers.map(({ name }) => name)).toEqual(['app'])
    expect(created.spec?.volumes).toContainEqual({
      name: 'metricgate-config',
      configMap: { name: 'metricgate-shop', optional: true, defaultMode: 420 },
    })
  })

  test('lets its sidecar have the token of its ServiceAccount, for targets that ask for one', async () => {
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('shop')))
    expect(created.spec?.initContainers?.[0]?.volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }),
    )
  })

  test('comes back with an ordinary container, if the gate says so', async () => {
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('plain')))
    expect(created.spec?.containers.map(({ name }) => name)).toEqual(['app', 'metricgate'])
  })

  test('is what a dry run says, which stores nothing', async () => {
    const named = { ...pod(optIn('shop')), metadata: { name: 'dry', annotations: optIn('shop') } }
    const { pod: shown } = await pods.create(NAMESPACE, named, { dryRun: true })
    expect(shown.spec?.initContainers).toHaveLength(1)
    const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
    await expect(core.readNamespacedPod({ namespace: NAMESPACE, name: 'dry' })).rejects.toMatchObject({
      code: 404,
    })
  })

  test('can be that of a Job', async () => {
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('shop'), { restartPolicy: 'Never' }))
    expect(created.spec?.initContainers).toHaveLength(1)
  })

  test('can have resources for the pod as a whole', async () => {
    const resources = { requests: { cpu: '5m', memory: '1Mi' }, limits: { cpu: '10m', memory: '2Mi' } }
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('shop'), { resources }))
    expect(created.spec?.initContainers).toHaveLength(1)
  })

  test('can be in the network of its node, with a port that is given', async () => {
    known = [gate('host', { proxy: { port: 9999 } })]
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('host'), { hostNetwork: true }))
    known = GATES
    expect(created.spec?.initContainers?.[0]?.ports).toEqual([
      { name: 'metricgate', containerPort: 9999, hostPort: 9999, protocol: 'TCP' },
    ])
  })
})

describe('a pod that cannot have its sidecar comes back with the reason, and as it was but for that:', () => {
  test.each<[string, string, V1Pod]>([
    ['shop', 'HostNetwork', pod(optIn('shop'), { hostNetwork: true })],
    ['plain', 'RunsToCompletion', pod(optIn('plain'), { restartPolicy: 'Never' })],
    ['shop', 'WindowsPod', pod(optIn('shop'), { os: { name: 'windows' } })],
    [
      'shop',
      'HandWritten',
      pod(optIn('shop'), { containers: [app({ ports: [{ name: 'metricgate', containerPort: 1 }] })] }),
    ],
  ])('of gate %s, %s', async (_gate, reason, given) => {
    const { pod: created, warnings } = await pods.create(NAMESPACE, given)
    expect(created.metadata?.annotations).toEqual({
      ...given.metadata?.annotations,
      'metricgate.io/not-injected': reason,
    })
    expect(created.metadata?.labels).toBeUndefined()
    expect(allContainers(created).map(({ name }) => name)).toEqual(['app'])
    expect(warnings).toEqual([expect.stringMatching(/^metricgate: no sidecar: /)])
  })

  test('of a gate that selects it, and without annotations of its own', async () => {
    const given = pod(undefined, { labels: { app: 'web' }, hostNetwork: true })
    const { pod: created } = await pods.create('selected', given)
    expect(created.metadata?.annotations).toEqual({ 'metricgate.io/not-injected': 'HostNetwork' })
  })
})

describe('the API server does not even call for', () => {
  const outcomes: [string, string, V1Pod][] = [
    ['a pod without the annotation', NAMESPACE, pod(undefined)],
    ['a pod with other annotations', NAMESPACE, pod({ 'example.com/inject': 'shop' })],
    ['a pod that opts out', NAMESPACE, pod(optIn('false'))],
    ['a pod that no gate selects', 'selected', pod(undefined, { labels: { app: 'db' } })],
    ['a selected pod that opts out', 'selected', pod(optIn('false'), { labels: { app: 'web' } })],
    ['a namespace that opts out', 'disabled', pod(optIn('out'))],
    ['a selected pod in a namespace that opts out', 'disabled', pod(undefined, { labels: { app: 'web' } })],
    ["the operator's own namespace", OPERATOR_NAMESPACE, pod(optIn('shop'))],
    ['kube-system', 'kube-system', pod(optIn('shop'))],
  ]

  test.each(outcomes)('%s', async (_title, namespace, given) => {
    const { pod: created } = await pods.create(namespace, given)
    expect(running.admissions).toEqual([])
    expect(created.spec?.initContainers).toBeUndefined()
    expect(created.spec?.containers).toHaveLength(1)
  })

  test('a pod that is changed', async () => {
    const { pod: created } = await pods.create(NAMESPACE, pod(undefined))
    const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
    const metadata = { ...created.metadata, annotations: optIn('shop') }
    const name = created.metadata?.name ?? ''
    await core.replaceNamespacedPod({ namespace: NAMESPACE, name, body: { ...created, metadata } as V1Pod })
    expect(running.admissions).toEqual([])
  })
})

describe('a gate with injection: Selector', () => {
  test('gets its sidecar into the pods that it selects, without an annotation', async () => {
    const { pod: created } = await pods.create('selected', pod(undefined, { labels: { app: 'web' } }))
    expect(created.metadata?.labels).toEqual({ app: 'web', 'metricgate.io/gate': 'selecting' })
    expect(created.spec?.initContainers).toHaveLength(1)
    expect(reasons()[0]).toBe('Selector')
  })

  test('leaves those that name another gate to that', async () => {
    const { pod: created } = await pods.create('selected', pod(optIn('later'), { labels: { app: 'web' } }))
    expect(created.metadata?.labels).toMatchObject({ 'metricgate.io/gate': 'later' })
    expect(reasons()).not.toContain('Selector')
  })
})

describe('the user is warned, and gets the pod,', () => {
  test('when the gate is not there: the sidecar waits', async () => {
    const { pod: created, warnings } = await pods.create(NAMESPACE, pod(optIn('later')))
    expect(created.spec?.initContainers).toHaveLength(1)
    expect(warnings).toEqual([
      'metricgate: there is no valid MetricGate "later" in namespace "shop": the sidecar answers scrapes with 503 until it gets a configuration',
    ])
  })

  test('when the annotation could be two gates', async () => {
    const { pod: created, warnings } = await pods.create(NAMESPACE, pod(optIn('true')))
    expect(created.spec?.initContainers).toBeUndefined()
    expect(warnings).toEqual([expect.stringMatching(/several MetricGates .*: plain, shop/)])
  })

  test('when the annotation is no name: as a label it would make the pod invalid', async () => {
    const { pod: created, warnings } = await pods.create(NAMESPACE, pod(optIn(`no name\n${'x'.repeat(300)}`)))
    expect(created.metadata?.labels).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/^metricgate: no sidecar: metricgate\.io\/inject must be .*\.\.\.$/),
    ])
  })
})

describe('where Pod Security enforces the restricted profile', () => {
  const restricted = app({
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  })

  test.each(['strict', 'ordinary'])('a pod with the sidecar of gate "%s" is accepted', async name => {
    const { pod: created, warnings } = await pods.create(
      'restricted',
      pod(optIn(name), { containers: [restricted] }),
    )
    expect([...(created.spec?.initContainers ?? []), ...(created.spec?.containers ?? [])]).toHaveLength(2)
    expect(warnings).toEqual([])
  })

  test('a pod that is not restricted itself is refused for that, and not for the sidecar', async () => {
    const creating = pods.create('restricted', pod(optIn('strict')))
    await expect(creating).rejects.toThrow(/^403: .*container "app" must set/)
    await expect(creating).rejects.not.toThrow(/container "metricgate"/)
  })
})

describe('while the operator does not know the gates yet', () => {
  beforeAll(() => createGate(cluster, gate('fresh')))

  test('they are asked of the API server', async () => {
    known = undefined
    const { pod: created, warnings } = await pods.create(NAMESPACE, pod(optIn('true')))
    known = GATES
    expect(created.metadata?.labels).toEqual({ 'metricgate.io/gate': 'fresh' })
    expect(warnings).toEqual([])
  })
})

describe('another webhook that adds a container with the port of the sidecar', () => {
  let other: OtherWebhook

  beforeAll(async () => {
    other = await startOtherWebhook(cluster, { name: 'late', ports: [{ name: 'late', containerPort: 9464 }] })
    await eventually('the API server to call the other webhook', async () => {
      const { pod: shown } = await pods.create(NAMESPACE, pod(undefined), { dryRun: true })
      return shown.spec?.containers.length === 2
    })
  })

  afterAll(() => other?.stop())

  test('makes the sidecar move: the API server calls again', async () => {
    const { pod: created } = await pods.create(NAMESPACE, pod(optIn('shop')))
    expect(created.spec?.containers.map(({ name }) => name)).toEqual(['app', 'late'])
    const [sidecar] = created.spec?.initContainers ?? []
    expect(sidecar?.ports?.[0]?.containerPort).toBe(9465)
    expect(sidecar?.args).toEqual(['/etc/metricgate/config.yaml', '--port', '9465', '--wait-for-config'])
    expect(reasons().slice(0, 2)).toEqual(['Annotation', 'Refitted'])
  })
})
