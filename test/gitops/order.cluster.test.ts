import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { RENDERED_KINDS } from '../../operator/resources/render.ts'
import { installCrds } from '../cluster/index.ts'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import {
  condition,
  gateDefinition,
  gateObject,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from '../operator/controller/support/cluster.ts'
import { eventually } from '../operator/controller/support/eventually.ts'
import { applyRound, applyWithRetries, permutations } from './support/order.ts'
import { namespaceObject, workloadObject } from './support/repository.ts'

/*
 * A namespace, a gate, a workload and the operator with its CRD are one commit. Tools apply it in any order, and what cannot be applied
 * yet again later. Every order leads to the same state. Here without nodes; test/e2e/order.e2e.ts shows that pods run meanwhile.
 */

jest.setTimeout(180_000)

const PATIENCE_MS = 120_000
const THINGS = ['namespace', 'gate', 'workload', 'operator'] as const
type Thing = (typeof THINGS)[number]

/** One order, in a namespace of its own. */
interface Order {
  readonly order: string
  readonly namespace: string
  readonly before: readonly AnyObject[]
  readonly after: readonly AnyObject[]
  /** The workload's pod is there before the webhook is. */
  readonly early: boolean
}

const ORDERS: readonly Order[] = permutations(THINGS).map((things, index) => {
  const namespace = `order-${index}`
  const objects: Record<Exclude<Thing, 'operator'>, AnyObject> = {
    namespace: namespaceObject(namespace),
    gate: gateObject(namespace, 'web', { metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] }),
    workload: workloadObject(namespace, 'web', 'web'),
  }
  const operator = things.indexOf('operator')
  const of = (part: readonly Thing[]) => part.flatMap(thing => (thing === 'operator' ? [] : [objects[thing]]))
  const isBefore = (one: Thing, other: Thing) => things.indexOf(one) < things.indexOf(other)
  return {
    order: things.join(', '),
    namespace,
    before: of(things.slice(0, operator)),
    after: of(things.slice(operator)),
    early: isBefore('namespace', 'workload') && isBefore('workload', 'operator'),
  }
})

let cluster: TestCluster
let operator: TestOperator

beforeAll(async () => {
  cluster = await TestCluster.start({ gates: 'absent' })
  const left = await Promise.all(
    ORDERS.map(async order => [...(await applyRound(cluster.admin, order.before)), ...order.after]),
  )
  await eventually(async () => {
    for (const { namespace } of ORDERS.filter(({ early }) => early)) {
      expect(await podsOf(namespace)).toHaveLength(1)
    }
  }, PATIENCE_MS)
  await installCrds(cluster.controlPlane.kubeConfig(), [await gateDefinition()])
  operator = await cluster.operator()
  await untilInjected(await cluster.namespace())
  for (const objects of left) await applyWithRetries(cluster.admin, objects)
}, 900_000)

afterAll(async () => {
  await operator?.stop()
  await cluster?.stop()
})

/** The API server learns of a new webhook a moment after it has taken its configuration. */
async function untilInjected(namespace: string): Promise<void> {
  await cluster.admin.apply(gateObject(namespace, 'probe'))
  let tries = 0
  await eventually(async () => {
    tries += 1
    const pod = podObject(namespace, `probe-${tries}`, { 'metricgate.io/inject': 'probe' })
    const { metadata } = await cluster.admin.apply(pod)
    expect(metadata?.labels).toMatchObject({ 'metricgate.io/gate': 'probe' })
  }, PATIENCE_MS)
}

function podsOf(namespace: string): Promise<AnyObject[]> {
  return cluster.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace }, 'app=web')
}

function gateOf(namespace: string): Promise<AnyObject> {
  return cluster.admin.expect(refs.gate(namespace, 'web'))
}

async function counts(namespace: string): Promise<unknown> {
  return (await gateOf(namespace)).status.pods
}

/** What there is in the namespace, without what the API server gives each object by itself. */
async function stateOf(namespace: string): Promise<unknown> {
  const kinds = [...RENDERED_KINDS, { apiVersion: 'metricgate.io/v1alpha1', kind: 'MetricGate' }]
  const lists = await Promise.all(
    kinds.map(({ apiVersion, kind }) => cluster.admin.list({ apiVersion, kind, namespace })),
  )
  const pods = await podsOf(namespace)
  const objects = [...lists.flat(), ...pods].filter(({ metadata }) => metadata?.name !== 'kube-root-ca.crt')
  return JSON.parse(JSON.stringify(objects.map(withoutIdentity)).replaceAll(namespace, 'NAMESPACE'))
}

/** Addresses, names of pods, hashes of what names the namespace, and times differ from one namespace to the next. */
function withoutIdentity({ metadata, spec, status, data }: AnyObject): unknown {
  const { labels, annotations, ownerReferences } = metadata ?? {}
  const { 'pod-template-hash': _, ...kept } = labels ?? {}
  const owners = ownerReferences?.map(({ kind }) => kind)
  const conditions = status?.conditions?.map((one: Record<string, unknown>) => [
    one.type,
    one.status,
    one.reason,
  ])
  const { clusterIP, clusterIPs, containers, initContainers, ...rest } = spec ?? {}
  const mounted = [...(containers ?? []), ...(initContainers ?? [])].map(
    ({ volumeMounts: _mounts, ...container }: Record<string, unknown>) => container,
  )
  const { volumes: _volumes, ...plain } = rest
  return {
    labels: kept,
    annotations,
    owners,
    spec: plain,
    containers: mounted,
    data,
    pods: status?.pods,
    conditions,
  }
}

describe.each(ORDERS)('$order', ({ namespace, early }) => {
  test('the gate is ready, and counts the pod for what it is', async () => {
    await eventually(async () => {
      expect(condition(await gateOf(namespace), 'Ready')).toBe('True Reconciled')
      expect(await counts(namespace)).toEqual(
        early
          ? { matched: 1, injected: 0, missed: 1, outdated: 0 }
          : { matched: 1, injected: 1, missed: 0, outdated: 0 },
      )
    }, PATIENCE_MS)
  })

  test('when a pod from before the webhook has been replaced, all is as in any other order', async () => {
    if (early) {
      const [pod] = await podsOf(namespace)
      await cluster.admin.delete({
        apiVersion: 'v1',
        kind: 'Pod',
        namespace,
        name: pod?.metadata?.name ?? '',
      })
    }
    const [first] = ORDERS.filter(order => !order.early)
    const expected = await stateOf(first?.namespace ?? '')
    await eventually(async () => expect(await stateOf(namespace)).toEqual(expected), PATIENCE_MS)
  })
})
