import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { CoreV1Api, type V1Deployment } from '@kubernetes/client-node'
import { parseOptions } from '../../operator/options.ts'
import { type ControlPlane, startControlPlane } from '../cluster/index.ts'
import { operatorManifests } from './controller/support/cluster.ts'
import { eventually } from './controller/support/eventually.ts'

jest.setTimeout(90_000)

const MANIFESTS = join(import.meta.dirname, '../../charts/manifests')

async function deployment(): Promise<V1Deployment> {
  return (await operatorManifests()).find(({ kind }) => kind === 'Deployment') as V1Deployment
}

describe('the Deployment', () => {
  test('starts the operator with a command line that it understands', async () => {
    const [container] = (await deployment()).spec?.template.spec?.containers ?? []
    expect(
      parseOptions(container?.args ?? [], { POD_NAMESPACE: 'metricgate-system' }, '0.1.0'),
    ).toMatchObject({
      kind: 'run',
      options: {
        namespace: 'metricgate-system',
        'proxy-image': 'metricgate/proxy:0.1.0',
        'webhook-service': 'metricgate-webhook',
        'owner-cluster-role': 'metricgate-operator',
      },
    })
  })

  test('declares the ports on which the operator listens', async () => {
    const [container] = (await deployment()).spec?.template.spec?.containers ?? []
    const command = parseOptions(container?.args ?? [], {}, '0.1.0')
    if (command.kind !== 'run') throw new Error('the Deployment runs nothing')
    expect(container?.ports).toEqual([
      { name: 'webhook', containerPort: command.options['webhook-port'] },
      { name: 'metrics', containerPort: command.options['metrics-port'] },
    ])
  })
})

describe('kubectl apply -k', () => {
  let cluster: ControlPlane

  beforeAll(async () => {
    cluster = await startControlPlane()
  }, 600_000)

  afterAll(() => cluster?.stop())

  async function kubectl(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(cluster.kubectl ?? 'kubectl', [
      `--kubeconfig=${cluster.kubeconfig}`,
      ...args,
    ])
    return stdout
  }

  test('installs everything, and Pod Security "restricted" lets the pod in', async () => {
    const output = await kubectl('apply', '--server-side', '-k', MANIFESTS)
    expect(output).toContain(
      'customresourcedefinition.apiextensions.k8s.io/metricgates.metricgate.io serverside-applied',
    )
    const core = cluster.kubeConfig().makeApiClient(CoreV1Api)
    const namespace = 'metricgate-system'
    const { metadata } = await core.readNamespace({ name: namespace })
    expect(metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' })
    await eventually(async () => expect((await core.listNamespacedPod({ namespace })).items).toHaveLength(1))
  })

  test('is what is there afterwards: nothing differs', async () => {
    expect(await kubectl('diff', '--server-side', '-k', MANIFESTS)).toBe('')
  })
})
