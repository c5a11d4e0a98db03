import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { FIELD_MANAGER, ROLLOUT_FIELD_MANAGER } from '../../operator/api/labels.ts'
import { RENDERED_KINDS } from '../../operator/resources/render.ts'
import { customResourceDefinitions } from '../cluster/assets/manifests.ts'
import { installCrds } from '../cluster/index.ts'
import type { AnyObject, ObjectRef } from '../operator/controller/support/admin.ts'
import {
  condition,
  gateObject,
  named,
  refs,
  TestCluster,
  type TestOperator,
} from '../operator/controller/support/cluster.ts'
import { eventually } from '../operator/controller/support/eventually.ts'
import { Kubelet } from '../operator/controller/support/kubelet.ts'
import { platform, team } from './support/repository.ts'
import { MANNERS, rewrittenFields, Tool } from './support/tool.ts'

/*
 * What stands in Git and what is in the cluster stay the same, while the operator runs and has worked for its gates.
 */

jest.setTimeout(180_000)

const PATIENCE_MS = 120_000
const TEAM = 'team'
const OPERATOR = [FIELD_MANAGER, ROLLOUT_FIELD_MANAGER]
const AGGREGATORS = 'metricgate.io/aggregator'

let cluster: TestCluster
let operator: TestOperator
let chart: AnyObject[]
let applied: AnyObject[]
let chartBefore: Record<string, string>

beforeAll(async () => {
  cluster = await TestCluster.start()
  await installCrds(
    cluster.controlPlane.kubeConfig(),
    await customResourceDefinitions(['prometheusrules'], process.env),
  )
  chart = await platform()
  applied = [...chart, ...team(TEAM)]
  const [first] = MANNERS
  if (first === undefined) throw new Error('BUG: there is no tool')
  const tool = new Tool(cluster.controlPlane, first)
  // The manifests' Deployment differs from this chart's, and would roll.
  await cluster.admin.delete(named.deployment('metricgate-system', 'metricgate-operator'))
  await tool.apply(chart)
  chartBefore = await eventually(() => settledVersions(chart), PATIENCE_MS)
  operator = await cluster.operator()
  await tool.apply(applied)
  await everyGateIsReady()
}, 900_000)

afterAll(async () => {
  await operator?.stop()
  await cluster?.stop()
})

async function everyGateIsReady(): Promise<void> {
  const kubelet = new Kubelet(cluster.controlPlane.kubeConfig())
  await eventually(async () => {
    await kubelet.run(TEAM, AGGREGATORS)
    const gates = await cluster.admin.list(refs.gate(TEAM, ''))
    expect(gates.filter(gate => condition(gate, 'Ready') !== 'True Reconciled').map(nameOf)).toEqual([])
    expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0)
  }, PATIENCE_MS)
}

/** Resource versions of the objects by name. */
async function versions(objects: readonly AnyObject[]): Promise<Record<string, string>> {
  const live = await Promise.all(objects.map(object => cluster.admin.expect(refOf(object))))
  return Object.fromEntries(live.map(object => [nameOf(object), object.metadata?.resourceVersion ?? '']))
}

/** The same, when what Kubernetes itself says of the objects in their status has come to rest. */
async function settledVersions(objects: readonly AnyObject[]): Promise<Record<string, string>> {
  const live = await Promise.all(objects.map(object => cluster.admin.expect(refOf(object))))
  for (const { kind, spec, status, metadata } of live) {
    if (kind === 'CustomResourceDefinition') expect(conditionsOf(status)).toContain('Established')
    if (kind === 'Deployment') expect(status?.unavailableReplicas).toBe(spec.replicas)
    if (kind === 'PodDisruptionBudget') {
      expect(status).toMatchObject({ observedGeneration: metadata?.generation, expectedPods: 2 })
    }
  }
  return versions(objects)
}

function conditionsOf(status: { conditions?: { type: string }[] } | undefined): string[] {
  return status?.conditions?.map(({ type }) => type) ?? []
}

function nameOf({ kind, metadata }: AnyObject): string {
  return `${kind} ${metadata?.namespace ?? ''}/${metadata?.name}`
}

function refOf({ apiVersion = '', kind = '', metadata }: AnyObject): ObjectRef {
  const { name = '', namespace } = metadata ?? {}
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) }
}

/** What the operator has made for gates. */
async function children(namespace: string): Promise<AnyObject[]> {
  const lists = await Promise.all(
    RENDERED_KINDS.map(async ({ apiVersion, kind }) => {
      const found = await cluster.admin.list({ apiVersion, kind, namespace }, 'metricgate.io/gate')
      return found.map(object => ({ ...object, apiVersion, kind }))
    }),
  )
  return lists.flat()
}

test('the operator leaves every object of its chart as it was applied', async () => {
  expect(await versions(chart)).toEqual(chartBefore)
})

test('what the operator makes for itself is in no manifest', () => {
  const own = ['MutatingWebhookConfiguration', 'Secret', 'Lease']
  expect(chart.filter(({ kind = '' }) => own.includes(kind)).map(nameOf)).toEqual([])
})

test('of what was applied the operator owns the status of gates, and nothing else', async () => {
  const live = await Promise.all(applied.map(object => cluster.admin.expect(refOf(object))))
  const owned = live.flatMap(({ kind, metadata }) =>
    (metadata?.managedFields ?? [])
      .filter(({ manager = '' }) => OPERATOR.includes(manager))
      .map(({ subresource, fieldsV1 }) => `${kind} ${subresource}: ${Object.keys(fieldsV1 ?? {})}`),
  )
  expect(new Set(owned)).toEqual(new Set(['MetricGate status: f:status']))
})

describe.each(MANNERS)('$tool', manner => {
  let tool: Tool

  beforeAll(async () => {
    tool = new Tool(cluster.controlPlane, manner)
    await tool.apply(applied)
    await everyGateIsReady()
  }, 300_000)

  test('finds nothing to change', async () => {
    expect(await tool.diff(applied)).toBe('')
  })

  test('changes nothing by applying once more: neither what it applies nor what the operator has made of it', async () => {
    const made = await children(TEAM)
    expect(made.length).toBeGreaterThan(50)
    const before = await versions([...applied, ...made])
    await tool.apply(applied)
    expect(await versions([...applied, ...made])).toEqual(before)
  })

  test('finds each custom resource as it is written in Git, its lists as a whole', async () => {
    const custom = applied.filter(({ apiVersion = '' }) =>
      /^(metricgate\.io|monitoring\.coreos\.com)\//.test(apiVersion),
    )
    expect(new Set(custom.map(({ kind }) => kind))).toEqual(
      new Set(['MetricGate', 'ServiceMonitor', 'PrometheusRule']),
    )
    const rewritten = await Promise.all(
      custom.map(async object => {
        const paths = rewrittenFields(object, await cluster.admin.expect(refOf(object)))
        return paths.map(path => `${nameOf(object)}: ${path}`)
      }),
    )
    expect(rewritten.flat()).toEqual([])
  })
})

test('what marks an object as one of Git stays off the objects that the operator makes for it: they would be pruned', async () => {
  const namespace = await cluster.namespace()
  const labels = {
    'app.kubernetes.io/instance': 'shop-app',
    'argocd.argoproj.io/instance': 'shop-app',
    'kustomize.toolkit.fluxcd.io/name': 'shop',
    'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    'helm.toolkit.fluxcd.io/name': 'shop',
    team: 'shop',
  }
  const annotations = {
    'argocd.argoproj.io/tracking-id': `shop-app:metricgate.io/MetricGate:${namespace}/web`,
    'argocd.argoproj.io/sync-wave': '1',
    'kustomize.toolkit.fluxcd.io/prune': 'enabled',
    'kubectl.kubernetes.io/last-applied-configuration': '{}',
  }
  const gate = gateObject(namespace, 'web', {
    mode: 'Subset',
    selector: { matchLabels: { app: 'web' } },
    subsets: [{ name: 'few', aggregate: true }],
    aggregator: { networkPolicy: { enabled: true } },
  })
  await cluster.admin.apply({ ...gate, metadata: { ...gate.metadata, labels, annotations } })
  const made = await eventually(async () => {
    const found = await children(namespace)
    const kinds = new Set(found.map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(['ConfigMap', 'Deployment', 'NetworkPolicy', 'Service', 'ServiceMonitor']))
    return found
  }, PATIENCE_MS)
  const marks = new Set([...Object.keys(labels), ...Object.keys(annotations)])
  for (const { kind, metadata, spec } of made) {
    const all = { ...metadata?.labels, ...metadata?.annotations, ...spec?.template?.metadata?.labels }
    const { 'app.kubernetes.io/instance': instance, ...rest } = all
    expect({ kind, instance }).toEqual({ kind, instance: 'web' })
    expect(Object.keys(rest).filter(key => marks.has(key))).toEqual([])
    // With an owner an object is none of a tool's roots, whatever its labels say: it is shown below the gate, and never pruned.
    expect(metadata?.ownerReferences).toEqual([expect.objectContaining({ kind: 'MetricGate', name: 'web' })])
  }
})
