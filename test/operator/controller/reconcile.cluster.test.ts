import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import type { AnyObject, ObjectRef } from './support/admin.ts'
import { machineClock } from './support/clocks.ts'
import { condition, gateObject, podObject, refs, TestCluster, type TestOperator } from './support/cluster.ts'
import { eventually } from './support/eventually.ts'

jest.setTimeout(90_000)

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

/** A gate that has been reconciled, in a namespace of its own. */
async function reconciledGate(
  spec: Record<string, unknown> = {},
): Promise<{ namespace: string; name: string }> {
  const namespace = await cluster.namespace()
  await cluster.admin.apply(gateObject(namespace, 'web', spec))
  await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(condition(gate, 'Ready')).toBe('True Reconciled')
    expect(gate.status?.observedGeneration).toBe(gate.metadata?.generation)
  })
  return { namespace, name: 'web' }
}

async function configOf(namespace: string, name: string): Promise<string> {
  const configMap = await cluster.admin.expect(refs.configMap(namespace, name))
  return configMap.data['config.yaml']
}

/** Resource versions of the gate and of all that it has. */
async function versions(namespace: string, name: string): Promise<Record<string, string | undefined>> {
  const all: ObjectRef[] = [refs.gate, refs.configMap, refs.service, refs.serviceMonitor].map(ref =>
    ref(namespace, name),
  )
  const objects = await Promise.all(all.map(ref => cluster.admin.expect(ref)))
  return Object.fromEntries(objects.map(({ kind, metadata }) => [kind, metadata?.resourceVersion]))
}

describe('a gate', () => {
  test('gets its ConfigMap, Service and ServiceMonitor, each owned by it', async () => {
    const { namespace, name } = await reconciledGate()
    const { metadata } = await cluster.admin.expect(refs.gate(namespace, name))
    for (const ref of [refs.configMap, refs.service, refs.serviceMonitor]) {
      const object = await cluster.admin.expect(ref(namespace, name))
      expect(object.metadata?.ownerReferences).toEqual([
        expect.objectContaining({ kind: 'MetricGate', name, uid: metadata?.uid, controller: true }),
      ])
      expect(
        object.metadata?.managedFields?.map(({ manager, operation }) => `${manager} ${operation}`),
      ).toEqual(['metricgate-operator Apply'])
    }
  })

  test('has a status that says so', async () => {
    const { namespace, name } = await reconciledGate()
    const { status } = await cluster.admin.expect(refs.gate(namespace, name))
    expect(status).toEqual({
      observedGeneration: 1,
      configHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      pods: { matched: 0, injected: 0, missed: 0, outdated: 0 },
      conditions: ['DirectScrape', 'MonitorReady', 'Ready', 'Reconciling', 'Stalled'].map(type =>
        expect.objectContaining({ type, observedGeneration: 1, message: expect.stringMatching(/./) }),
      ),
    })
  })

  test('that changes changes its configuration, its hash and its observed generation', async () => {
    const { namespace, name } = await reconciledGate()
    const before = await cluster.admin.expect(refs.gate(namespace, name))
    const rules = [{ action: 'labeldrop', regex: 'path' }]
    await cluster.admin.apply(gateObject(namespace, name, { metricRelabelings: rules }))
    await eventually(async () => {
      expect(await configOf(namespace, name)).toContain('labeldrop')
      const { status } = await cluster.admin.expect(refs.gate(namespace, name))
      expect(status?.observedGeneration).toBe(2)
      expect(status?.configHash).not.toBe(before.status.configHash)
    })
  })

  test.each(['Background', 'Foreground'])('that is deleted (%s) leaves nothing', async propagation => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.delete(refs.gate(namespace, name), propagation)
    await eventually(async () => {
      for (const ref of [refs.gate, refs.configMap, refs.service, refs.serviceMonitor]) {
        expect(await cluster.admin.get(ref(namespace, name))).toBeUndefined()
      }
    }, 60_000)
  })

  test('that is deleted and made again at once is a new gate with its own objects', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.delete(refs.gate(namespace, name))
    const { metadata } = await cluster.admin.apply(gateObject(namespace, name))
    await eventually(async () => {
      for (const ref of [refs.configMap, refs.service, refs.serviceMonitor]) {
        const owners = (await cluster.admin.expect(ref(namespace, name))).metadata?.ownerReferences
        expect(owners?.map(({ uid }) => uid)).toEqual([metadata?.uid])
      }
    }, 60_000)
  })

  test('of a namespace that is deleted does not hold that up', async () => {
    const { namespace } = await reconciledGate()
    const ref = { apiVersion: 'v1', kind: 'Namespace', name: namespace }
    await cluster.admin.delete(ref)
    await eventually(async () => expect(await cluster.admin.get(ref)).toBeUndefined(), 60_000)
  })
})

describe('what somebody else does to the objects of a gate is undone', () => {
  test('a deleted ConfigMap comes back', async () => {
    const { namespace, name } = await reconciledGate()
    const before = await configOf(namespace, name)
    await cluster.admin.delete(refs.configMap(namespace, name))
    await eventually(async () => expect(await configOf(namespace, name)).toBe(before))
  })

  const edits: {
    of: string
    ref: (typeof refs)['configMap']
    change: AnyObject
    undone: (object: AnyObject) => unknown
  }[] = [
    {
      of: 'an edited configuration',
      ref: refs.configMap,
      change: { data: { 'config.yaml': 'listen_port: 1' } },
      undone: ({ data }) => !data['config.yaml'].includes('listen_port: 1'),
    },
    {
      of: 'a Service that selects other pods',
      ref: refs.service,
      change: { spec: { selector: { 'metricgate.io/gate': 'other' } } },
      undone: ({ spec }) => spec.selector['metricgate.io/gate'] === 'web',
    },
    {
      of: 'a ServiceMonitor with another path',
      ref: refs.serviceMonitor,
      change: { spec: { endpoints: [{ port: 'other' }] } },
      undone: ({ spec }) => spec.endpoints.length === 1 && spec.endpoints[0].port === 'metricgate',
    },
    {
      of: 'a ConfigMap without the labels by which it is found',
      ref: refs.configMap,
      change: {
        metadata: { labels: { 'app.kubernetes.io/managed-by': null, 'metricgate.io/gate': null } },
      } as unknown as AnyObject,
      undone: ({ metadata }) => metadata?.labels?.['metricgate.io/gate'] === 'web',
    },
    {
      of: 'a ConfigMap without its owner',
      ref: refs.configMap,
      change: { metadata: { ownerReferences: null } } as unknown as AnyObject,
      undone: ({ metadata }) => metadata?.ownerReferences?.length === 1,
    },
  ]
  test.each(edits)('$of', async ({ ref, change, undone }) => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.merge(ref(namespace, name), change)
    await eventually(async () => expect(undone(await cluster.admin.expect(ref(namespace, name)))).toBe(true))
  })

  test('what they add beside our fields is theirs, and stays', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.merge(refs.service(namespace, name), { metadata: { labels: { team: 'a' } } })
    await cluster.admin.merge(refs.service(namespace, name), { spec: { publishNotReadyAddresses: false } })
    await eventually(async () => {
      const { spec, metadata } = await cluster.admin.expect(refs.service(namespace, name))
      expect(spec.publishNotReadyAddresses).toBe(true)
      expect(metadata?.labels?.team).toBe('a')
    })
  })

  test('a status that somebody has overwritten', async () => {
    const { namespace, name } = await reconciledGate()
    const { status } = await cluster.admin.expect(refs.gate(namespace, name))
    await patchStatus(refs.gate(namespace, name), { configHash: 'spoilt' })
    await eventually(async () => {
      expect((await cluster.admin.expect(refs.gate(namespace, name))).status).toEqual(status)
    })
  })
})

describe('a second reconciliation', () => {
  const apiRequests = (): Promise<number> =>
    operator.metric('metricgate_operator_api_requests_total', { method: 'PATCH' })
  const reconciles = (): Promise<number> => operator.metric('metricgate_operator_reconciles_total')

  test('writes nothing, and does not even ask the API server', async () => {
    const { namespace, name } = await reconciledGate()
    const { MetricGate: _, ...before } = await versions(namespace, name)
    const { status } = await cluster.admin.expect(refs.gate(namespace, name))
    const [requests, runs] = await Promise.all([apiRequests(), reconciles()])
    // Any change of the gate, even one that means nothing, has it looked at again.
    await cluster.admin.merge(refs.gate(namespace, name), { metadata: { annotations: { note: 'x' } } })
    await eventually(async () => expect(await reconciles()).toBeGreaterThan(runs))
    expect((await apiRequests()) - requests).toBe(0)
    expect(await versions(namespace, name)).toMatchObject(before)
    expect((await cluster.admin.expect(refs.gate(namespace, name))).status).toEqual(status)
  })

  test('by an operator that has just started writes nothing either', async () => {
    const { namespace, name } = await reconciledGate()
    const before = await versions(namespace, name)
    await operator.stop()
    operator = await cluster.operator()
    await eventually(async () => expect(await reconciles()).toBeGreaterThan(0))
    await eventually(async () => expect(await operator.metric('metricgate_operator_queue_depth')).toBe(0))
    expect(await versions(namespace, name)).toEqual(before)
    expect(await operator.metric('metricgate_operator_reconciles_total', { result: 'failure' })).toBe(0)
  })
})

describe('the monitor', () => {
  test('changes its kind: the old one goes', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.apply(gateObject(namespace, name, { monitor: { kind: 'PodMonitor' } }))
    await eventually(async () => {
      await cluster.admin.expect(refs.podMonitor(namespace, name))
      expect(await cluster.admin.get(refs.serviceMonitor(namespace, name))).toBeUndefined()
    })
  })

  test('is no longer wanted: it goes, and so does its condition', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.apply(gateObject(namespace, name, { monitor: { enabled: false } }))
    await eventually(async () => {
      expect(await cluster.admin.get(refs.serviceMonitor(namespace, name))).toBeUndefined()
      expect(condition(await cluster.admin.expect(refs.gate(namespace, name)), 'MonitorReady')).toBe('absent')
    })
  })

  test('a label that is no longer asked for goes', async () => {
    const { namespace, name } = await reconciledGate({ monitor: { labels: { release: 'a', team: 'b' } } })
    await cluster.admin.apply(gateObject(namespace, name, { monitor: { labels: { team: 'b' } } }))
    await eventually(async () => {
      const { metadata } = await cluster.admin.expect(refs.serviceMonitor(namespace, name))
      expect(metadata?.labels).toMatchObject({ team: 'b' })
      expect(metadata?.labels).not.toHaveProperty('release')
    })
  })
})

describe('pods', () => {
  async function pods(namespace: string, name: string): Promise<unknown> {
    return (await cluster.admin.expect(refs.gate(namespace, name))).status.pods
  }

  test('are counted as they come, get a sidecar, and go', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.apply(podObject(namespace, 'plain'))
    await cluster.admin.apply(podObject(namespace, 'asks', { 'metricgate.io/inject': name }))
    await eventually(async () => {
      expect(await pods(namespace, name)).toEqual({ matched: 1, injected: 1, missed: 0, outdated: 0 })
    })
    await cluster.admin.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'asks' })
    await eventually(async () => {
      expect(await pods(namespace, name)).toEqual({ matched: 0, injected: 0, missed: 0, outdated: 0 })
    })
  })

  test('made before their gate are counted too: the sidecar waits for it', async () => {
    const namespace = await cluster.namespace()
    await cluster.admin.apply(podObject(namespace, 'early', { 'metricgate.io/inject': 'late' }))
    await cluster.admin.apply(gateObject(namespace, 'late'))
    await eventually(async () =>
      expect(await pods(namespace, 'late')).toMatchObject({ matched: 1, injected: 1 }),
    )
  })

  test('made while the operator was away are matched and have no sidecar; of an older proxy they are outdated', async () => {
    const { namespace, name } = await reconciledGate()
    await cluster.admin.apply(podObject(namespace, 'first', { 'metricgate.io/inject': name }))
    await operator.stop()
    await cluster.admin.apply(podObject(namespace, 'second', { 'metricgate.io/inject': name }))
    operator = await cluster.operator(['--proxy-image=metricgate/proxy:2'])
    await eventually(async () => {
      expect(await pods(namespace, name)).toEqual({ matched: 2, injected: 1, missed: 1, outdated: 1 })
    })
  })
})

/** Writes a status in another's name; client-node's object client knows no subresources. */
async function patchStatus({ namespace, name }: ObjectRef, status: object): Promise<void> {
  const client = new ApiClient(cluster.controlPlane.kubeConfig(), { clock: machineClock, userAgent: 'test' })
  await client.json({
    method: 'PATCH',
    path: `/apis/metricgate.io/v1alpha1/namespaces/${namespace}/metricgates/${name}/status`,
    contentType: 'application/merge-patch+json',
    body: { status },
  })
  await client.close()
}
