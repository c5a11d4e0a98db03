import { describe, expect, test } from '@jest/globals'
import {
  type ClusterFacts,
  missingMonitorKind,
  RENDERED_KINDS,
  renderGate,
  type Surroundings,
} from '../../../operator/resources/render.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'

const ALL: ClusterFacts = { serviceMonitors: true, podMonitors: true }
const NONE: ClusterFacts = { serviceMonitors: false, podMonitors: false }
const PLAIN: Surroundings = {
  facts: ALL,
  options: { proxyImage: 'metricgate/proxy:1' },
  sidecarsRemain: false,
  serving: [],
}

/** The objects of the gate in short: "Service metricgate-shop". */
function names(spec: Record<string, unknown>, surroundings: Partial<Surroundings> = {}): string[] {
  return renderGate(checkedGate(spec), { ...PLAIN, ...surroundings }).map(
    ({ kind, metadata }) => `${kind} ${metadata?.name}`,
  )
}

const SIDECARS = ['ConfigMap metricgate-shop', 'Service metricgate-shop', 'ServiceMonitor metricgate-shop']
const AGGREGATOR = [
  'ConfigMap mg-aggregator-shop',
  'Deployment mg-aggregator-0-0-shop',
  'Service mg-aggregator-0-shop',
  'ServiceMonitor mg-aggregator-shop',
]
const TARGETS = 'Service mg-targets-shop'

describe('which objects a gate has', () => {
  test.each<[string, Record<string, unknown>, Partial<Surroundings>, string[]]>([
    ['mode Sidecar', {}, {}, SIDECARS],
    [
      'a PodMonitor instead, when asked for',
      { monitor: { kind: 'PodMonitor' } },
      {},
      [...SIDECARS.slice(0, 2), 'PodMonitor metricgate-shop'],
    ],
    ['no monitor when it is not enabled', { monitor: { enabled: false } }, {}, SIDECARS.slice(0, 2)],
    [
      'no monitor where the cluster does not have its kind',
      {},
      { facts: { ...ALL, serviceMonitors: false } },
      SIDECARS.slice(0, 2),
    ],
    ['mode DNS', DNS, {}, [TARGETS, ...AGGREGATOR]],
    [
      'mode DNS while pods still have sidecars: their configuration, too',
      DNS,
      { sidecarsRemain: true },
      [SIDECARS[0] ?? '', TARGETS, ...AGGREGATOR],
    ],
    ['mode Subset', SUBSET, {}, [...SIDECARS, ...AGGREGATOR]],
    [
      'a NetworkPolicy when asked for',
      { ...DNS, aggregator: { networkPolicy: { enabled: true } }, monitor: { enabled: false } },
      {},
      [TARGETS, ...AGGREGATOR.slice(0, 3), 'NetworkPolicy mg-aggregator-shop'],
    ],
    [
      'shards and replicas: a Deployment for each, and a Service for each shard',
      { ...SUBSET, aggregator: { shards: 2, replicas: 2 } },
      {},
      [
        ...SIDECARS,
        'ConfigMap mg-aggregator-shop',
        'Deployment mg-aggregator-0-0-shop',
        'Deployment mg-aggregator-0-1-shop',
        'Deployment mg-aggregator-1-0-shop',
        'Deployment mg-aggregator-1-1-shop',
        'Service mg-aggregator-0-shop',
        'Service mg-aggregator-1-shop',
        'ServiceMonitor mg-aggregator-shop',
      ],
    ],
  ])('%s', (_title, spec, surroundings, expected) => {
    expect(names(spec, surroundings)).toEqual(expected)
  })

  test('which kind of monitor is missing can be asked', () => {
    const onlyPods = { serviceMonitors: false, podMonitors: true }
    expect(missingMonitorKind(checkedGate(), onlyPods)).toBe('ServiceMonitor')
    expect(missingMonitorKind(checkedGate({ monitor: { kind: 'PodMonitor' } }), onlyPods)).toBeUndefined()
    expect(missingMonitorKind(checkedGate({ monitor: { enabled: false } }), NONE)).toBeUndefined()
  })
})

const everything = [
  {},
  { monitor: { kind: 'PodMonitor' } },
  { ...DNS, aggregator: { networkPolicy: { enabled: true } } },
  SUBSET,
].flatMap(spec => renderGate(checkedGate(spec), PLAIN))

test('every kind is on the list of kinds, and no other', () => {
  const listed = RENDERED_KINDS.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  const rendered = everything.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)
  expect(new Set(rendered)).toEqual(new Set(listed))
})

describe('what every object has', () => {
  test.each(everything)('$kind $metadata.name: the gate owns it and alone controls it', ({ metadata }) => {
    expect(metadata?.ownerReferences).toEqual([
      {
        apiVersion: 'metricgate.io/v1alpha1',
        kind: 'MetricGate',
        name: 'shop',
        uid: '7f0c1d1e-0000-4000-8000-000000000001',
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
  })

  test.each(everything)('$kind $metadata.name: namespace and labels, no finalizer', ({ metadata }) => {
    expect(metadata).toMatchObject({
      namespace: 'default',
      labels: { 'app.kubernetes.io/managed-by': 'metricgate-operator', 'metricgate.io/gate': 'shop' },
    })
    expect(metadata?.finalizers).toBeUndefined()
  })
})

describe('names', () => {
  const allNames = (name: string): string[] =>
    [SUBSET, DNS].flatMap(spec =>
      renderGate(checkedGate(spec, name), PLAIN).map(({ kind, metadata }) => `${kind} ${metadata?.name}`),
    )

  test('of the longest gate have at most 63 characters, whatever is made for it', () => {
    const lengths = allNames('a'.repeat(52)).map(name => (name.split(' ')[1] ?? '').length)
    expect(Math.max(...lengths)).toBe(63)
  })

  test('of two long gates that differ at their end differ', () => {
    const [one, other] = ['x', 'y'].map(end => allNames(`${'a'.repeat(51)}${end}`))
    expect(other?.filter(name => one?.includes(name))).toEqual([])
  })

  test.each(['shop-targets', 'shop-aggregator', '0-shop', '0-0-shop', '1-shop'])(
    'of gates "shop" and "%s" differ',
    other => {
      const ofShop = allNames('shop')
      expect(allNames(other).filter(name => ofShop.includes(name))).toEqual([])
    },
  )
})

test.each([{ monitor: { labels: { b: '1', a: '2' } } }, DNS, SUBSET])(
  'the same gate gives the same bytes: %j',
  spec => {
    const bytes = (): string => JSON.stringify(renderGate(checkedGate(spec), PLAIN))
    expect(bytes()).toBe(bytes())
  },
)

test.each([{ monitor: { labels: { release: 'x' } } }, DNS, SUBSET])(
  'rendering leaves the gate as it is: %j',
  spec => {
    const gate = checkedGate(spec)
    const before = structuredClone(gate)
    renderGate(gate, PLAIN)
    expect(gate).toEqual(before)
  },
)
