import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import {
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  RbacAuthorizationV1Api,
  type V1OwnerReference,
} from '@kubernetes/client-node'
import { Agent, request } from 'undici'
import {
  type ControlPlane,
  eventually,
  installMonitorCrds,
  removeMonitorCrds,
  startControlPlane,
} from './index.ts'

// Conditions are awaited, for at most 30 s each.
jest.setTimeout(120_000)

const widgetKind = { group: 'test.metricgate.io', version: 'v1', namespace: 'default', plural: 'widgets' }
const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.metricgate.io' },
  spec: {
    group: widgetKind.group,
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
}

let cluster: ControlPlane
let core: CoreV1Api

beforeAll(async () => {
  cluster = await startControlPlane({ crds: [widgetCrd], auditedGroups: ['system:serviceaccounts:default'] })
  core = cluster.kubeConfig().makeApiClient(CoreV1Api)
})

afterAll(() => cluster?.stop())

describe('a control plane', () => {
  test('answers client-node', async () => {
    const { items } = await core.listNamespace()
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(
      expect.arrayContaining(['default', 'kube-system']),
    )
  })

  test('answers kubectl by its kubeconfig file', async () => {
    const { kubectl = 'kubectl', kubeconfig } = cluster
    const { stdout } = await promisify(execFile)(kubectl, [
      '--kubeconfig',
      kubeconfig,
      'get',
      'ns',
      '-o',
      'name',
    ])
    expect(stdout.split('\n')).toContain('namespace/default')
  })

  test('has a ServiceAccount for pods', async () => {
    const account = await core.readNamespacedServiceAccount({ namespace: 'default', name: 'default' })
    expect(account.metadata?.uid).toBeDefined()
  })

  test('turns away who has no token', async () => {
    const dispatcher = new Agent({ connect: { ca: cluster.caCertificate }, allowH2: false })
    const response = await request(`${cluster.url}/api/v1/namespaces`, { dispatcher })
    await response.body.dump()
    await dispatcher.close()
    expect(response.statusCode).toBe(403)
  })

  test('collects what a deleted object owned', async () => {
    await createConfigMap('owned', await createWidget('owner'))
    await widgets().deleteNamespacedCustomObject({ ...widgetKind, name: 'owner' })
    await eventually('the owned ConfigMap to go', async () => !(await configMapNames()).includes('owned'))
  })

  test('still does after a restart of its controller manager', async () => {
    const before = cluster.processIds()
    await cluster.restartControllerManager()
    expect(cluster.processIds()).not.toEqual(before)
    await createConfigMap('owned', await createWidget('owner'))
    await widgets().deleteNamespacedCustomObject({ ...widgetKind, name: 'owner' })
    await eventually('the owned ConfigMap to go', async () => !(await configMapNames()).includes('owned'))
  })

  test('keeps its data, and its address, when the API server is killed and started again', async () => {
    await createConfigMap('survivor')
    await cluster.killApiServer()
    await expect(configMapNames()).rejects.toThrow()
    await cluster.startApiServer()
    expect(await configMapNames()).toContain('survivor')
  })

  test('can lose its storage for a while', async () => {
    const dispatcher = new Agent({ connect: { ca: cluster.caCertificate }, allowH2: false })
    const readiness = async () => {
      const response = await request(`${cluster.url}/readyz`, { dispatcher })
      await response.body.dump()
      return response.statusCode
    }
    cluster.pauseEtcd()
    await eventually('the API server to miss etcd', async () => (await readiness()) !== 200)
    cluster.resumeEtcd()
    await eventually('the API server to find it again', async () => (await readiness()) === 200)
    await dispatcher.close()
  })
})

describe('the configuration of a ServiceAccount', () => {
  let account: KubeConfig

  beforeAll(async () => {
    await core.createNamespacedServiceAccount({
      namespace: 'default',
      body: { metadata: { name: 'reader' } },
    })
    account = await cluster.serviceAccountConfig('default', 'reader')
  })

  test('is refused what RBAC does not allow', async () => {
    const listing = account.makeApiClient(CoreV1Api).listNamespacedSecret({ namespace: 'default' })
    await expect(listing).rejects.toMatchObject({
      code: 403,
      body: expect.stringContaining('system:serviceaccount:default:reader'),
    })
  })

  test('may do what RBAC allows', async () => {
    const rbac = cluster.kubeConfig().makeApiClient(RbacAuthorizationV1Api)
    await rbac.createNamespacedRoleBinding({
      namespace: 'default',
      body: {
        metadata: { name: 'reader' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'reader' }],
      },
    })
    const reader = account.makeApiClient(CoreV1Api)
    await eventually('the binding to count', async () =>
      reader.listNamespacedConfigMap({ namespace: 'default' }),
    )
  })

  test('leaves a trace in the audit log, which others do not', async () => {
    const reader = account.makeApiClient(CoreV1Api)
    await reader.listNamespacedConfigMap({ namespace: 'default', fieldSelector: 'metadata.name=survivor' })
    const log = await cluster.auditLog()
    expect(new Set(log.map(({ user }) => user))).toEqual(new Set(['system:serviceaccount:default:reader']))
    const request = { verb: 'list', apiGroup: '', namespace: 'default' }
    expect(log).toContainEqual(
      expect.objectContaining({ ...request, resource: 'secrets', name: '', code: 403 }),
    )
    expect(log).toContainEqual(
      expect.objectContaining({ ...request, resource: 'configmaps', name: 'survivor', code: 200 }),
    )
  })

  test('is not to be had for an account that does not exist', async () => {
    await expect(cluster.serviceAccountConfig('default', 'nobody')).rejects.toMatchObject({ code: 404 })
  })
})

describe("prometheus-operator's CustomResourceDefinitions", () => {
  const serviceMonitors = {
    group: 'monitoring.coreos.com',
    version: 'v1',
    namespace: 'default',
    plural: 'servicemonitors',
  }
  const serviceMonitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'gate' },
    spec: { selector: {}, endpoints: [{ port: 'metricgate', interval: '30s' }] },
  }

  test('can be installed twice, used, and removed', async () => {
    const custom = cluster.kubeConfig().makeApiClient(CustomObjectsApi)
    await installMonitorCrds(cluster.kubeConfig())
    await installMonitorCrds(cluster.kubeConfig())
    const created = await custom.createNamespacedCustomObject({ ...serviceMonitors, body: serviceMonitor })
    expect(created).toMatchObject({ spec: serviceMonitor.spec })

    await removeMonitorCrds(cluster.kubeConfig())
    await expect(custom.listNamespacedCustomObject(serviceMonitors)).rejects.toMatchObject({ code: 404 })
  })
})

function widgets(): CustomObjectsApi {
  return cluster.kubeConfig().makeApiClient(CustomObjectsApi)
}

/** Creates a Widget and resolves to a reference to it as an owner. */
async function createWidget(name: string): Promise<V1OwnerReference> {
  const type = { apiVersion: 'test.metricgate.io/v1', kind: 'Widget' }
  const body = { ...type, metadata: { name } }
  const created: { metadata: { uid: string } } = await widgets().createNamespacedCustomObject({
    ...widgetKind,
    body,
  })
  return { ...type, name, uid: created.metadata.uid }
}

async function createConfigMap(name: string, ...ownerReferences: V1OwnerReference[]): Promise<void> {
  await core.createNamespacedConfigMap({
    namespace: 'default',
    body: { metadata: { name, ownerReferences } },
  })
}

async function configMapNames(): Promise<(string | undefined)[]> {
  const { items } = await core.listNamespacedConfigMap({ namespace: 'default' })
  return items.map(({ metadata }) => metadata?.name)
}
