import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { AnyObject } from './support/admin.ts'
import {
  condition,
  gateObject,
  OWN_ACCOUNT,
  operatorManifests,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from './support/cluster.ts'
import { eventually } from './support/eventually.ts'

jest.setTimeout(120_000)

const ROLE = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: OWN_ACCOUNT.name }
const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'metricgate',
}

let cluster: TestCluster
let operator: TestOperator | undefined

beforeAll(async () => {
  cluster = await TestCluster.start()
  await restrict()
}, 600_000)

afterEach(async () => {
  await operator?.stop()
  operator = undefined
})

afterAll(() => cluster?.stop())

/** Leaves the operator, of all that it may do in the whole cluster, what is about its webhook configuration. */
async function restrict(): Promise<void> {
  const everywhere = (await operatorManifests()).find(({ kind }) => kind === 'ClusterRoleBinding')
  await cluster.admin.delete({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    name: everywhere?.metadata?.name ?? '',
  })
  await cluster.admin.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'webhook' },
    rules: (await role()).rules.filter(({ resources }: { resources: string[] }) =>
      ['mutatingwebhookconfigurations', 'clusterroles'].includes(resources[0] ?? ''),
    ),
  })
  await bind('ClusterRoleBinding', { ...ROLE, name: 'webhook' })
}

async function role(): Promise<AnyObject> {
  const found = (await operatorManifests()).find(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata?.name === OWN_ACCOUNT.name,
  )
  if (found === undefined) throw new Error(`BUG: the manifests have no ClusterRole ${OWN_ACCOUNT.name}`)
  return found
}

async function bind(kind: string, roleRef: object, namespace?: string): Promise<void> {
  await cluster.admin.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: 'watched', ...(namespace !== undefined && { namespace }) },
    roleRef,
    subjects: [{ kind: 'ServiceAccount', ...OWN_ACCOUNT }],
  })
}

/** A namespace in which the operator may do its work. */
async function permitted(): Promise<string> {
  const namespace = await cluster.namespace()
  await bind('RoleBinding', ROLE, namespace)
  return namespace
}

async function watching(...namespaces: string[]): Promise<TestOperator> {
  operator = await cluster.operator([`--watch-namespaces=${namespaces.join()}`])
  return operator
}

async function gateBecomesReady(namespace: string): Promise<void> {
  await cluster.admin.apply(gateObject(namespace, 'web'))
  await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(condition(gate, 'Ready')).toBe('True Reconciled')
  }, 60_000)
}

async function readyz({ metricsPort }: TestOperator): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

test('gates in the watched namespaces are served, and others are not', async () => {
  const [first, second, elsewhere] = [await permitted(), await permitted(), await permitted()]
  await cluster.admin.apply(gateObject(elsewhere, 'web'))
  await watching(first, second)
  await gateBecomesReady(first)
  await gateBecomesReady(second)
  const gate = await cluster.admin.expect(refs.gate(elsewhere, 'web'))
  expect(gate.status?.conditions).toBeUndefined()
  expect(await cluster.admin.get(refs.configMap(elsewhere, 'web'))).toBeUndefined()
})

test('the API server asks about pods of the watched namespaces alone', async () => {
  const [watched, elsewhere] = [await permitted(), await permitted()]
  await watching(watched)
  await gateBecomesReady(watched)
  // The one of another operator may still be there.
  await eventually(async () => {
    const [entry] = (await cluster.admin.expect(WEBHOOK)).webhooks
    expect(entry.namespaceSelector.matchExpressions).toContainEqual({
      key: 'kubernetes.io/metadata.name',
      operator: 'In',
      values: [watched],
    })
  })
  const containersOf = async (namespace: string): Promise<number> => {
    const pod = podObject(namespace, 'web', { 'metricgate.io/inject': 'web' })
    const { spec } = await cluster.admin.apply(pod)
    return spec.initContainers?.length ?? 0
  }
  expect(await containersOf(watched)).toBe(1)
  expect(await containersOf(elsewhere)).toBe(0)
})

test('a namespace in which nothing is permitted is left out, and named; the others are served', async () => {
  const [watched, forbidden] = [await permitted(), await cluster.namespace()]
  const running = await watching(watched, forbidden)
  await gateBecomesReady(watched)
  await eventually(async () => {
    const { status, text } = await readyz(running)
    expect(text).toContain(`pods of namespace ${forbidden} are not known yet: `)
    expect(text).toContain('the namespace is left out')
    expect(status).toBe(200)
  })

  await bind('RoleBinding', ROLE, forbidden)
  await gateBecomesReady(forbidden)
  await eventually(async () => expect(await readyz(running)).toEqual({ status: 200, text: 'ok\n' }), 60_000)
})

test('a namespace that comes later is served from then on', async () => {
  const [watched, name] = [await permitted(), 'comes-later']
  await watching(watched, name)
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  await bind('RoleBinding', ROLE, name)
  await gateBecomesReady(name)
})

test('with no permission in any of them it is not ready, and says what it lacks', async () => {
  const forbidden = await cluster.namespace()
  const running = await cluster.operator([`--watch-namespaces=${forbidden}`], { works: false })
  operator = running
  await eventually(async () => {
    const { status, text } = await readyz(running)
    expect(text).toContain(`metricgates of namespace ${forbidden} are not known yet: `)
    expect(text).toContain('cannot list resource "metricgates"')
    expect(status).toBe(503)
  })
})
