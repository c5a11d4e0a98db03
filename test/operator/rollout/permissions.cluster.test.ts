import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { AnyObject } from '../controller/support/admin.ts'
import { condition, manifest, refs, TestCluster } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Workloads, workloadObject } from './workloads.ts'

jest.setTimeout(120_000)

let cluster: TestCluster
let workloads: Workloads
let namespace: string

beforeAll(async () => {
  cluster = await TestCluster.start()
  workloads = new Workloads(cluster)
}, 600_000)

afterEach(() => cluster.admin.delete(refs.gate(namespace, 'web')))

afterAll(() => cluster?.stop())

/** Makes a namespace with pods that came while the webhook was away. */
async function missed(kind: string): Promise<void> {
  namespace = await cluster.namespace()
  await workloads.gate(namespace)
  await workloads.run(workloadObject(namespace, { kind }))
}

/** What the operator says about the gate when it has found that it may not do something. */
async function refusal(): Promise<string> {
  await using _operator = await cluster.operator()
  return await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(condition(gate, 'RolledOut')).toBe('False Forbidden')
    expect(condition(gate, 'Ready')).toBe('True Reconciled')
    const [event = ''] = await workloads.events(namespace, 'RolloutSkipped')
    expect(event).toMatch(/apply charts\/manifests\/rollout\.yaml/)
    return event
  })
}

test('without charts/manifests/rollout.yaml nothing is restarted: the condition and an Event name it, the gate is Ready', async () => {
  await missed('Deployment')
  expect(await refusal()).toMatch(/ is forbidden: /)
  expect(await workloads.restartedFor(namespace)).toBeUndefined()
})

describe('what charts/manifests/rollout.yaml permits is needed:', () => {
  /** Its objects, without one verb for one resource. */
  async function permitAllBut(resource: string, verb: string): Promise<void> {
    for (const object of await manifest('rollout.yaml')) {
      const rules = (object.rules ?? []) as AnyObject['rules'][]
      const others = rules.flatMap(({ apiGroups, resources, verbs }) =>
        resources.map((of: string) => ({
          apiGroups,
          resources: [of],
          verbs: verbs.filter((may: string) => of !== resource || may !== verb),
        })),
      )
      const allowed = others.filter(({ verbs }) => verbs.length > 0)
      await cluster.admin.apply({ ...object, ...(object.rules !== undefined && { rules: allowed }) })
    }
  }

  test.each([
    { verb: 'get', resource: 'namespaces', kind: 'Deployment' },
    { verb: 'get', resource: 'replicasets', kind: 'Deployment' },
    { verb: 'get', resource: 'deployments', kind: 'Deployment' },
    { verb: 'get', resource: 'statefulsets', kind: 'StatefulSet' },
    { verb: 'patch', resource: 'statefulsets', kind: 'StatefulSet' },
  ])('to $verb $resource', async ({ verb, resource, kind }) => {
    await permitAllBut(resource, verb)
    await missed(kind)
    expect(await refusal()).toContain(`cannot ${verb} resource "${resource}"`)
    expect(await workloads.restartedFor(namespace, 'web', kind)).toBeUndefined()
  })
})
