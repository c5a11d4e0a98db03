import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { V1Pod } from '@kubernetes/client-node'
import { parse } from 'yaml'
import {
  condition,
  gateObject,
  named,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from './support/cluster.ts'
import { eventually } from './support/eventually.ts'

jest.setTimeout(90_000)

const DROPS_DEBUG = {
  id: 'drop-debug',
  name: 'Drop metrics for debugging',
  metric: { match: [{ metricField: 'name', regex: '^debug_' }], keep: false },
}
const PROVIDERS = [
  { configMap: { name: 'team', key: 'policies.yaml' } },
  {
    http: {
      url: 'https://policies.example/v1/policy/sync',
      headers: [{ name: 'Authorization', valueFrom: { secretKeyRef: { name: 'token', key: 'bearer' } } }],
    },
  },
]
const DNS = { mode: 'DNS', selector: { matchLabels: { app: 'web' } } }

let cluster: TestCluster
let operator: TestOperator

beforeAll(async () => {
  cluster = await TestCluster.start()
  operator = await cluster.operator()
}, 600_000)

afterAll(async () => {
  await operator?.stop()
  await cluster?.stop()
})

/** Applies the gate "web" and waits until the operator has done all that it asks for. */
async function reconcile(namespace: string, spec: Record<string, unknown>, ready = 'True Reconciled') {
  await cluster.admin.apply(gateObject(namespace, 'web', spec))
  await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(gate.status?.observedGeneration).toBe(gate.metadata?.generation)
    expect(condition(gate, 'Ready')).toBe(ready)
  })
}

async function configOf(namespace: string) {
  return parse((await cluster.admin.expect(refs.configMap(namespace, 'web'))).data['config.yaml'])
}

async function podCounts(namespace: string) {
  return (await cluster.admin.expect(refs.gate(namespace, 'web'))).status.pods
}

/** Creates a pod of the gate, and returns it as it was stored. */
async function createPod(namespace: string): Promise<V1Pod> {
  return await cluster.admin.apply(podObject(namespace, 'pod', { 'metricgate.io/inject': 'web' }))
}

describe('a second reconciliation writes nothing', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['Sidecar', {}, 'True Reconciled'],
    ['DNS', DNS, 'False AggregatorProgressing'],
  ])('in mode %s', async (_mode, spec, ready) => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, { ...spec, policies: [DROPS_DEBUG], policyProviders: PROVIDERS }, ready)
    const writes = () => operator.metric('metricgate_operator_api_requests_total', { method: 'PATCH' })
    const runs = () => operator.metric('metricgate_operator_reconciles_total')
    /** Has the gate looked at again, by a change that means nothing. */
    const again = async (note: string) => {
      const before = await runs()
      await cluster.admin.merge(refs.gate(namespace, 'web'), { metadata: { annotations: { note } } })
      await eventually(async () => expect(await runs()).toBeGreaterThan(before))
    }
    let note = 0
    // Those before it may still be under way.
    await eventually(async () => {
      const before = await writes()
      await again(String(note++))
      expect(await writes()).toBe(before)
    })
  })
})

describe('policies in a gate', () => {
  test('change the configuration of pods that run, which are not outdated by that', async () => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, {})
    await createPod(namespace)
    await reconcile(namespace, { policies: [DROPS_DEBUG] })
    expect(await configOf(namespace)).toMatchObject({ policies: [DROPS_DEBUG] })
    await eventually(async () =>
      expect(await podCounts(namespace)).toMatchObject({ injected: 1, outdated: 0 }),
    )
  })

  test('can be taken away', async () => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, { policies: [DROPS_DEBUG], policyProviders: PROVIDERS })
    await reconcile(namespace, {})
    const config = await configOf(namespace)
    expect(config).not.toHaveProperty('policies')
    expect(config).not.toHaveProperty('policy_providers')
  })
})

describe('providers of policies', () => {
  test('give new pods their ConfigMaps and references to their Secrets, none of which has to be there', async () => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, { policyProviders: PROVIDERS })
    const { spec } = await createPod(namespace)
    const [sidecar] = spec?.initContainers ?? []
    const references = sidecar?.env?.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
    expect(references).toEqual([{ name: 'token', key: 'bearer', optional: true }])
    expect(spec?.volumes?.flatMap(({ configMap }) => configMap ?? [])).toMatchObject([
      { name: 'metricgate-web', optional: true },
      { name: 'team', optional: true },
    ])
  })

  test('that are new make pods that run outdated', async () => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, {})
    await createPod(namespace)
    await reconcile(namespace, { policyProviders: PROVIDERS })
    await eventually(async () =>
      expect(await podCounts(namespace)).toMatchObject({ injected: 1, outdated: 1 }),
    )
  })

  test('give the aggregator of mode DNS the same', async () => {
    const namespace = await cluster.namespace()
    await reconcile(namespace, { ...DNS, policyProviders: PROVIDERS }, 'False AggregatorProgressing')
    const { spec } = await cluster.admin.expect(named.deployment(namespace, 'mg-aggregator-0-0-web'))
    const { containers, volumes } = spec.template.spec
    expect(volumes).toContainEqual(
      expect.objectContaining({ configMap: expect.objectContaining({ name: 'team' }) }),
    )
    expect(containers[0].env).toContainEqual(
      expect.objectContaining({
        valueFrom: { secretKeyRef: { name: 'token', key: 'bearer', optional: true } },
      }),
    )
  })
})
