import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { AuthorizationV1Api } from '@kubernetes/client-node'
import { type ControlPlane, startControlPlane } from '../../cluster/index.ts'
import { Admin } from '../controller/support/admin.ts'
import { manifest } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'

jest.setTimeout(60_000)

const ROLES = ['view', 'edit', 'admin'] as const
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection']

let cluster: ControlPlane

/** Users that are called after the role that each has in namespace "shop". */
beforeAll(async () => {
  cluster = await startControlPlane()
  const admin = new Admin(cluster.kubeConfig())
  for (const role of await manifest('user-roles.yaml')) await admin.apply(role)
  await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  for (const name of ROLES) {
    await admin.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name, namespace: 'shop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    })
  }
  // The controller manager puts what is aggregated into the roles of Kubernetes.
  await eventually(async () => {
    for (const role of ROLES) expect(await may(role, 'get', 'metricgates')).toBe(true)
    expect(await may('edit', 'create', 'metricgates')).toBe(true)
  }, 60_000)
}, 600_000)

afterAll(() => cluster?.stop())

async function may(user: string, verb: string, path: string, namespace = 'shop'): Promise<boolean> {
  const [resource = '', subresource = ''] = path.split('/')
  const resourceAttributes = { group: 'metricgate.io', resource, subresource, verb, namespace }
  const api = cluster.kubeConfig().makeApiClient(AuthorizationV1Api)
  const { status } = await api.createSubjectAccessReview({ body: { spec: { user, resourceAttributes } } })
  return status?.allowed === true
}

describe.each([
  { user: 'view', writes: false },
  { user: 'edit', writes: true },
  { user: 'admin', writes: true },
])('who has the role "$user" in a namespace', ({ user, writes }) => {
  test.each(['get', 'list', 'watch'])('may %s its gates, and their status', async verb => {
    expect(await may(user, verb, 'metricgates')).toBe(true)
    expect(await may(user, verb, 'metricgates/status')).toBe(true)
  })

  test.each(WRITE)(`may${writes ? '' : ' not'} %s them`, async verb => {
    expect(await may(user, verb, 'metricgates')).toBe(writes)
  })

  test.each(['update', 'patch'])(
    'may not %s their status or finalizers, which are the operator’s',
    async verb => {
      expect(await may(user, verb, 'metricgates/status')).toBe(false)
      expect(await may(user, verb, 'metricgates/finalizers')).toBe(false)
    },
  )

  test('may do nothing of it in another namespace', async () => {
    expect(await may(user, 'get', 'metricgates', 'default')).toBe(false)
    expect(await may(user, 'create', 'metricgates', 'default')).toBe(false)
  })
})
