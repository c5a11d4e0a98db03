import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { parseOptions } from '../../../operator/options.ts'
import { objectsOf, render, theOnly } from '../../charts/support/render.ts'
import { type AuditEntry, resolveHelm } from '../../cluster/index.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import {
  manifest,
  OWN_ACCOUNT,
  operatorManifests,
  type ServiceAccountRef,
  TestCluster,
} from '../controller/support/cluster.ts'
import { covers, describePermission, type Permission, permissionsOf } from './rules.ts'
import { type OwnNames, Story } from './story.ts'

jest.setTimeout(240_000)

/**
 * Permissions that the API server checks beside a request, so that its audit log does not show them. That they are needed is
 * shown by the test that takes them away.
 */
const UNSEEN = ['update metricgates/finalizers']

let cluster: TestCluster

beforeAll(async () => {
  cluster = await TestCluster.start({
    auditedGroups: [OWN_ACCOUNT.namespace, 'red-system', 'blue-system'].map(
      namespace => `system:serviceaccounts:${namespace}`,
    ),
    admissionPlugins: ['OwnerReferencesPermissionEnforcement'],
  })
}, 600_000)

afterAll(() => cluster?.stop())

/** A request, for people. */
function describeRequest({ verb, resource, namespace, name, message }: AuditEntry): string {
  return [verb, resource, `${namespace}/${name}`, message].filter(Boolean).join(' ')
}

/** Requests with what they ask for on the way: an apply of an object that is not there yet creates it. */
function uses(log: readonly AuditEntry[]): AuditEntry[] {
  return log.flatMap(entry =>
    entry.verb === 'patch' && entry.code === 201 ? [entry, { ...entry, verb: 'create' }] : [entry],
  )
}

/** Expects the account to have used all of its permissions, and nothing else. */
async function expectExactly(account: ServiceAccountRef, permissions: readonly Permission[]): Promise<void> {
  const user = `system:serviceaccount:${account.namespace}:${account.name}`
  const log = (await cluster.controlPlane.auditLog()).filter(entry => entry.user === user)
  const used = uses(log)
  const unused = permissions
    .filter(permission => !used.some(use => covers(permission, use)))
    .map(describePermission)
  const beyond = used.filter(use => !permissions.some(permission => covers(permission, use)))
  expect(log.filter(({ code }) => code === 403).map(describeRequest)).toEqual([])
  expect(beyond.map(describeRequest)).toEqual([])
  expect(unused).toEqual(UNSEEN)
}

describe('over its life an operator uses exactly what it is granted:', () => {
  test('in the whole cluster', async () => {
    const rollout = await manifest('rollout.yaml')
    for (const object of rollout) await cluster.admin.apply(object)
    const namespace = await cluster.namespace()
    const story = new Story(cluster, namespace)
    await story.prepare()
    {
      await using _operator = await cluster.operator()
      await story.tell({
        namespace: OWN_ACCOUNT.namespace,
        webhookConfiguration: 'metricgate',
        certificateSecret: 'metricgate-webhook-tls',
      })
    }
    await expectExactly(OWN_ACCOUNT, permissionsOf([...(await operatorManifests()), ...rollout], OWN_ACCOUNT))
  })

  test('in its namespace, beside another one in another', async () => {
    const installations = await Promise.all(['red', 'blue'].map(install))
    for (const { story } of installations) await story.prepare()
    await Promise.all(
      installations.map(async ({ story, account, flags, own }) => {
        await using _operator = await cluster.operator(flags, { account })
        await story.tell(own)
      }),
    )
    for (const { account, objects } of installations) {
      await expectExactly(account, permissionsOf(objects, account))
    }
  })
})

const RBAC = /^(ServiceAccount|(Cluster)?Role(Binding)?)$/
/** Flags of the chart that matter outside a pod, too. */
const FLAGS = /^--(watch-namespaces|webhook-configuration|certificate-secret|owner-cluster-role)=/

interface Installed {
  readonly account: ServiceAccountRef
  readonly objects: readonly AnyObject[]
  readonly flags: readonly string[]
  readonly own: OwnNames
  readonly story: Story
}

/** Installs a release for one namespace by the chart, but for its pods. */
async function install(release: string): Promise<Installed> {
  const namespace = `${release}-system`
  const watched = await cluster.namespace()
  const values = { watchNamespaces: [watched], rollout: { enabled: true } }
  const objects = objectsOf(await render(await resolveHelm(), { release, namespace, values }))
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  for (const object of objects.filter(({ kind }) => RBAC.test(kind ?? ''))) await cluster.admin.apply(object)
  const [container] = theOnly(objects, 'Deployment').spec.template.spec.containers
  const command = parseOptions(container.args, { POD_NAMESPACE: namespace }, '0.0.0')
  if (command.kind !== 'run') throw new Error(`BUG: ${container.args} runs nothing`)
  return {
    account: { namespace, name: theOnly(objects, 'ServiceAccount').metadata?.name ?? '' },
    objects,
    flags: container.args.filter((flag: string) => FLAGS.test(flag)),
    own: {
      namespace,
      webhookConfiguration: command.options['webhook-configuration'],
      certificateSecret: command.options['certificate-secret'],
    },
    story: new Story(cluster, watched),
  }
}
