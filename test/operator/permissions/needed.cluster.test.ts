import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { AuthorizationV1Api } from '@kubernetes/client-node'
import type { ObjectRef } from '../controller/support/admin.ts'
import {
  condition,
  manifest,
  OWN_ACCOUNT,
  operatorManifests,
  refs,
  TestCluster,
  type TestOperator,
} from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Workloads } from '../rollout/workloads.ts'
import { CONFIGURATION, type Lack, LEASE, lackOf, missed } from './lacks.ts'
import { describePermission, type Permission, permissionsOf, roleWithout } from './rules.ts'

jest.setTimeout(120_000)

const rollout = await manifest('rollout.yaml')
const objects = [...(await operatorManifests()), ...rollout]
const permissions = permissionsOf(objects, OWN_ACCOUNT)

let cluster: TestCluster
let operator: TestOperator | undefined
let namespace: string

beforeAll(async () => {
  // By this plugin, which OpenShift has on, an object holds up the deletion of its owner only if the finalizers of that may be set.
  cluster = await TestCluster.start({ admissionPlugins: ['OwnerReferencesPermissionEnforcement'] })
  for (const object of rollout) await cluster.admin.apply(object)
}, 600_000)

afterEach(async () => {
  await operator?.stop()
  operator = undefined
  await cluster.admin.delete(refs.gate(namespace, 'web'))
  // Of a lease that could not be released, and a configuration without an owner, the next operator could not make its own.
  await cluster.admin.delete(LEASE)
  await cluster.admin.delete(CONFIGURATION)
})

afterAll(() => cluster?.stop())

/** Takes the permission away, and returns what gives it back; both wait until the API server knows. */
async function takeAway(permission: Permission): Promise<() => Promise<void>> {
  await cluster.admin.apply(roleWithout(objects, permission))
  await eventually(async () => expect(await isAllowed(permission)).toBe(false))
  return async () => {
    for (const object of objects.filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')) {
      await cluster.admin.apply(object)
    }
    await eventually(async () => expect(await isAllowed(permission)).toBe(true))
  }
}

async function isAllowed({ apiGroup, resource: path, verb, names, ...of }: Permission): Promise<boolean> {
  const [resource = '', subresource = ''] = path.split('/')
  const [name = ''] = names
  const where = { namespace: of.namespace || namespace, name }
  const { status } = await cluster.controlPlane
    .kubeConfig()
    .makeApiClient(AuthorizationV1Api)
    .createSubjectAccessReview({
      body: {
        spec: {
          user: `system:serviceaccount:${OWN_ACCOUNT.namespace}:${OWN_ACCOUNT.name}`,
          resourceAttributes: { group: apiGroup, resource, subresource, verb, ...where },
        },
      },
    })
  return status?.allowed === true
}

/** Where the operator tells of what it may not do. */
async function told(where: Lack['told'], by: TestOperator): Promise<string> {
  if (where === 'log') return by.log.map(line => JSON.stringify(line)).join('\n')
  if (where === 'readyz') {
    const answer = await fetch(`http://127.0.0.1:${by.metricsPort}/readyz`)
    return await answer.text()
  }
  const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
  return (gate.status?.conditions ?? [])
    .map(({ reason, message }: { reason: string; message: string }) => `${reason}: ${message}`)
    .join('\n')
}

describe('without the permission to', () => {
  test.each(permissions.map(permission => ({ name: describePermission(permission), permission })))(
    '$name something fails, and it is told what',
    async ({ permission }) => {
      const lack = lackOf(permission)
      namespace = await cluster.namespace()
      await lack.before?.(cluster, namespace)
      const giveBack = await takeAway(permission)
      try {
        const started = await cluster.operator([], { works: false })
        operator = started
        await lack.provoke?.(cluster, namespace)
        await eventually(async () =>
          expect((await told(lack.told, started)).replaceAll('\\"', '"')).toContain(lack.says),
        )
        await lack.missing?.(cluster, namespace)
      } finally {
        await giveBack()
      }
    },
  )
})

test('without charts/manifests/rollout.yaml nothing is restarted: the gate is Ready, its condition and an Event name the file', async () => {
  namespace = await cluster.namespace()
  await missed('Deployment')(cluster, namespace)
  for (const object of rollout) await cluster.admin.delete({ ...object, ...object.metadata } as ObjectRef)
  operator = await cluster.operator()
  await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(condition(gate, 'RolledOut')).toBe('False Forbidden')
    expect(condition(gate, 'Ready')).toBe('True Reconciled')
    const [event] = await new Workloads(cluster).events(namespace, 'RolloutSkipped')
    expect(event).toMatch(/apply charts\/manifests\/rollout\.yaml .* is forbidden: /)
  }, 60_000)
  expect(await new Workloads(cluster).restartedFor(namespace)).toBeUndefined()
})
