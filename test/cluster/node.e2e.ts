import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  type KubernetesObject,
  KubernetesObjectApi,
  type V1PodSpec,
  type V1Status,
} from '@kubernetes/client-node'
import { ensureBinaries } from './assets/binaries.ts'
import { PODS } from './assets/sets.ts'
import { executableImage } from './images/executables.ts'
import {
  type Cluster,
  eventually,
  getThroughApiServer,
  nodeUnavailable,
  PROBE_IMAGE,
  startCluster,
} from './index.ts'

// Conditions are awaited, for at most 30 s each; a first build takes minutes.
jest.setTimeout(900_000)

const unavailable = nodeUnavailable()
if (unavailable !== undefined) process.stderr.write(`skipping the tests of a node: ${unavailable}\n`)
const describeNode = unavailable === undefined ? describe : describe.skip

const labels = { app: 'web' }
const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}
const podSpec: V1PodSpec = {
  terminationGracePeriodSeconds: 0,
  containers: [
    {
      name: 'web',
      image: PROBE_IMAGE,
      args: ['serve', ':8080'],
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
      securityContext: restricted,
      volumeMounts: [{ name: 'settings', mountPath: '/settings' }],
    },
  ],
  volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
}
const objects: KubernetesObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  },
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { colour: 'red' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  },
  service('web', {}),
  service('web-pods', { clusterIP: 'None' }),
].map(object => ({ ...object, metadata: { namespace: 'shop', ...object.metadata } }))

function service(name: string, spec: object) {
  const ports = [{ name: 'http', port: 80, targetPort: 'http' }]
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports, ...spec } }
}

describeNode('a cluster with a node', () => {
  let cluster: Cluster
  let core: CoreV1Api
  let pods: { name: string; address: string }[]

  beforeAll(async () => {
    cluster = await startCluster()
    core = cluster.kubeConfig().makeApiClient(CoreV1Api)
    const client = cluster.kubeConfig().makeApiClient(KubernetesObjectApi)
    for (const object of objects) await client.create(object)
    const apps = cluster.kubeConfig().makeApiClient(AppsV1Api)
    await eventually('both pods to be ready', async () => {
      const { status } = await apps.readNamespacedDeployment({ namespace: 'shop', name: 'web' })
      return status?.readyReplicas === 2
    })
    const { items } = await core.listNamespacedPod({ namespace: 'shop' })
    pods = items.map(({ metadata, status }) => ({ name: metadata?.name ?? '', address: status?.podIP ?? '' }))
  })

  afterAll(() => cluster?.stop())

  /** Runs the probe in the first pod; resolves to what it prints, and throws when it fails. */
  async function ask(...question: string[]): Promise<string> {
    const [output, errors] = [new PassThrough(), new PassThrough()]
    const { promise: ended, resolve } = Promise.withResolvers<V1Status>()
    const command = ['/bin/probe', ...question]
    const name = pods[0]?.name ?? ''
    await new Exec(cluster.kubeConfig()).exec(
      'shop',
      name,
      'web',
      command,
      output,
      errors,
      null,
      false,
      resolve,
    )
    const [status, printed] = await Promise.all([ended, text(output), text(errors)])
    if (status.status !== 'Success') throw new Error(`${command.join(' ')}: ${status.message}`)
    return printed
  }

  test('reaches pods by the address of a Service', async () => {
    const names = pods.map(({ name }) => name)
    expect(names).toContain(await ask('get', 'http://web'))
    const { spec } = await core.readNamespacedService({ namespace: 'shop', name: 'web' })
    expect(names).toContain(await ask('get', `http://${spec?.clusterIP}`))
  })

  test('resolves a headless Service to its pods', async () => {
    const addresses = pods.map(({ address }) => address).sort()
    const answer = () => ask('lookup', 'web-pods.shop.svc.cluster.local')
    await eventually('both addresses', async () => (await answer()) === addresses.join(' '))
  })

  test('says of names outside that they do not exist', async () => {
    await expect(ask('lookup', 'example.com')).rejects.toThrow('exit code 1')
  })

  test('gives the logs of a container', async () => {
    const log = await core.readNamespacedPodLog({ namespace: 'shop', name: pods[0]?.name ?? '' })
    expect(log).toBe('serving :8080\n')
  })

  test('answers for a pod and a Service through its API server', async () => {
    const port = 'http'
    for (const { name } of pods) {
      const answer = await getThroughApiServer(
        cluster,
        { kind: 'pods', namespace: 'shop', name, port: 8080 },
        '/',
      )
      expect(answer).toMatchObject({ status: 200, body: name })
    }
    const answer = await getThroughApiServer(
      cluster,
      { kind: 'services', namespace: 'shop', name: 'web', port },
      '/',
    )
    expect(pods.map(({ name }) => name)).toContain(answer.body)
  })

  // More than one, because the first finds kubelet busy with a pod that is new.
  test.each(['blue', 'green', 'white'])('brings a changed ConfigMap into a running pod: %s', async colour => {
    const changed = { metadata: { name: 'settings' }, data: { colour } }
    await core.replaceNamespacedConfigMap({ namespace: 'shop', name: 'settings', body: changed })
    await eventually('the new colour', async () => (await ask('read', '/settings/colour')) === colour)
  })

  test('takes further images while it runs', async () => {
    const programs = await ensureBinaries({ environment: process.env, report: () => undefined }, PODS)
    const image = 'metricgate.test/probe:later'
    await cluster.importImages([await executableImage(join(programs, 'probe'), image)])
    const containers = [{ name: 'later', image, args: ['read', '/etc/hostname'] }]
    const body = { metadata: { name: 'later' }, spec: { containers, restartPolicy: 'Never' } }
    await core.createNamespacedPod({ namespace: 'default', body })
    await eventually('the pod to end well', async () => {
      const { status } = await core.readNamespacedPod({ namespace: 'default', name: 'later' })
      return status?.phase === 'Succeeded'
    })
  })

  test('refuses a pod that breaks the rules of its namespace', async () => {
    const body = { metadata: { name: 'root' }, spec: { containers: [{ name: 'root', image: PROBE_IMAGE }] } }
    await expect(core.createNamespacedPod({ namespace: 'shop', body })).rejects.toMatchObject({ code: 403 })
  })
})
