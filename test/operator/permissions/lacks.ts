import { expect } from '@jest/globals'
import type { ObjectRef } from '../controller/support/admin.ts'
import { gateObject, podObject, refs, type TestCluster } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Workloads, workloadObject } from '../rollout/workloads.ts'
import type { Permission } from './rules.ts'
import { POOR, podMonitor, RICH, runDaemonSet } from './story.ts'

type Step = (cluster: TestCluster, namespace: string) => Promise<void>

/** What comes of a permission that the operator does not have. */
export interface Lack {
  /** What is there when the operator starts. */
  readonly before?: Step
  /** What happens while it runs. */
  readonly provoke?: Step
  /** Where it says so: at /readyz, in a condition of gate "web", or only in its log. */
  readonly told: 'readyz' | 'condition' | 'log'
  /** What it says there. */
  readonly says: string
  /** What is not there, or not done. */
  readonly missing?: Step
}

type PartialLack = Omit<Lack, 'says'> & { readonly says?: string }

/** What the API server knows of the webhook. */
export const CONFIGURATION: ObjectRef = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'metricgate',
}
const own = (apiVersion: string, kind: string, name: string): ObjectRef => ({
  apiVersion,
  kind,
  namespace: 'metricgate-system',
  name,
})
const SECRET = own('v1', 'Secret', 'metricgate-webhook-tls')
/** What the replicas contend for. */
export const LEASE = own('coordination.k8s.io/v1', 'Lease', 'metricgate-operator')

const applyGate =
  (spec: Record<string, unknown>): Step =>
  async (cluster, namespace) => {
    await cluster.admin.apply(gateObject(namespace, 'web', spec))
  }
const deleteObject =
  (ref: ObjectRef): Step =>
  cluster =>
    cluster.admin.delete(ref)

const RICH_WITH_POD_MONITOR = { ...RICH, monitor: { kind: 'PodMonitor' } }

/** A gate with all its objects, made by an operator that may do everything, and has gone. */
const reconciled =
  (spec: Record<string, unknown>, last: (namespace: string, name: string) => ObjectRef): Step =>
  async (cluster, namespace) => {
    await using _operator = await cluster.operator()
    await applyGate(spec)(cluster, namespace)
    await eventually(() => cluster.admin.expect(last(namespace, 'web')))
  }

/** Pods that came while the webhook was away, of a gate that asks for a roll-out. */
export const missed =
  (kind: string): Step =>
  async (cluster, namespace) => {
    const workloads = new Workloads(cluster)
    await workloads.gate(namespace)
    if (kind === 'DaemonSet') await runDaemonSet(cluster, namespace)
    else await workloads.run(workloadObject(namespace, { kind }))
  }

/** A gate that numbers the port of its pod, and a PodMonitor that names one: only the pod knows whether they are the same. */
const scrapedByName: Step = async (cluster, namespace) => {
  await applyGate({})(cluster, namespace)
  await cluster.admin.apply(podObject(namespace, 'web-0', { 'metricgate.io/inject': 'web' }))
  await cluster.admin.apply(podMonitor(namespace))
}

/** An operator that has led, and has left its lease to whoever comes. */
const hasLed: Step = async cluster => {
  await using _operator = await cluster.operator()
  await eventually(() => cluster.admin.expect(LEASE))
}

const hasNoStatus: Step = async (cluster, namespace) => {
  const { status } = await cluster.admin.expect(refs.gate(namespace, 'web'))
  expect(status?.conditions).toBeUndefined()
}
const hasNoEvents: Step = async (cluster, namespace) =>
  expect(await cluster.admin.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace })).toEqual([])
const hasNoOwner: Step = cluster =>
  eventually(async () => {
    const { metadata } = await cluster.admin.expect(CONFIGURATION)
    expect(metadata?.ownerReferences).toBeUndefined()
  })

const WATCHED = [
  'metricgates',
  'configmaps',
  'services',
  'deployments',
  'networkpolicies',
  'servicemonitors',
  'podmonitors',
  'pods',
  'endpointslices',
  'mutatingwebhookconfigurations',
  'secrets',
]
const OWNED = ['configmaps', 'services', 'deployments', 'networkpolicies', 'servicemonitors']

const LACKS: Readonly<Record<string, PartialLack>> = {
  ...forEach(WATCHED, ['list', 'watch'], { told: 'readyz' }),
  ...forEach(OWNED, ['create', 'patch'], { provoke: applyGate(RICH), told: 'condition' }),
  ...forEach(['podmonitors'], ['create', 'patch'], {
    provoke: applyGate(RICH_WITH_POD_MONITOR),
    told: 'condition',
  }),
  ...forEach(OWNED, ['delete'], {
    before: reconciled(RICH, refs.serviceMonitor),
    provoke: applyGate(POOR),
    told: 'condition',
  }),
  'delete podmonitors': {
    before: reconciled(RICH_WITH_POD_MONITOR, refs.podMonitor),
    provoke: applyGate(RICH),
    told: 'condition',
  },
  'patch metricgates/status': { provoke: applyGate({}), told: 'log', missing: hasNoStatus },
  'update metricgates/finalizers': {
    provoke: applyGate({}),
    told: 'condition',
    says: "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on",
  },
  'get pods': { provoke: scrapedByName, told: 'condition' },
  'create events': { provoke: applyGate({}), told: 'log', missing: hasNoEvents },
  ...forEach(['mutatingwebhookconfigurations'], ['create', 'patch'], { told: 'readyz' }),
  'get clusterroles': { told: 'log', missing: hasNoOwner },
  'create secrets': { before: deleteObject(SECRET), told: 'readyz' },
  'update secrets': {
    before: cluster => cluster.admin.merge(SECRET, { data: { 'tls.crt': 'c3BvaWx0' } }),
    told: 'readyz',
  },
  ...forEach(['leases'], ['create', 'get'], {
    provoke: applyGate({}),
    told: 'readyz',
    missing: hasNoStatus,
  }),
  'update leases': {
    before: hasLed,
    provoke: applyGate({}),
    told: 'readyz',
    missing: hasNoStatus,
  },
  ...forEach(['namespaces', 'replicasets', 'deployments'], ['get'], {
    before: missed('Deployment'),
    told: 'condition',
  }),
  ...forEach(['statefulsets'], ['get', 'patch'], { before: missed('StatefulSet'), told: 'condition' }),
  ...forEach(['daemonsets'], ['get', 'patch'], { before: missed('DaemonSet'), told: 'condition' }),
}

/** What comes of not having the permission. Throws when nobody has thought of it: a permission that nothing needs is not to be granted. */
export function lackOf({ verb, resource }: Permission): Lack {
  const lack = LACKS[`${verb} ${resource}`]
  if (lack === undefined) {
    throw new Error(
      `Nothing shows that the operator needs to ${verb} ${resource}: say in lacks.ts what fails without, or do not grant it`,
    )
  }
  return { says: `cannot ${verb} resource "${resource}"`, ...lack }
}

function forEach(
  resources: readonly string[],
  verbs: readonly string[],
  lack: PartialLack,
): Record<string, PartialLack> {
  return Object.fromEntries(
    resources.flatMap(resource => verbs.map(verb => [`${verb} ${resource}`, lack] as const)),
  )
}
