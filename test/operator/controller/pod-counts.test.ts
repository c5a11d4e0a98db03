import { describe, expect, test } from '@jest/globals'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { countPods, gatePods, type PodCounts } from '../../../operator/controller/pod-counts.ts'
import type { WatchedPod } from '../../../operator/controller/watched.ts'
import { injectedHash } from '../../../operator/resources/sidecar.ts'
import { validGate, watchedPod } from './support/watched.ts'

const OPTIONS = { proxyImage: 'metricgate/proxy:1' }
const shop = validGate()
const other = validGate({ injection: 'Selector', selector: { matchLabels: { app: 'other' } } }, 'other')
const current = { gate: 'shop', hash: injectedHash(shop, OPTIONS) }
const outdated = { gate: 'shop', hash: '0123456789abcdef' }

const none = { matched: 0, injected: 0, missed: 0, outdated: 0 }

function count(gate: MetricGate, gates: MetricGate[], pods: WatchedPod[]): PodCounts {
  return countPods(gatePods(gate, gates, pods, OPTIONS))
}

const cases: { of: string; pod: WatchedPod; counts: typeof none }[] = [
  { of: 'asks for nothing', pod: watchedPod({}), counts: none },
  {
    of: 'names the gate, without sidecar',
    pod: watchedPod({ inject: 'shop' }),
    counts: { ...none, matched: 1, missed: 1 },
  },
  {
    of: 'has the present sidecar',
    pod: watchedPod({ inject: 'shop', injected: current }),
    counts: { matched: 1, injected: 1, missed: 0, outdated: 0 },
  },
  {
    of: 'has an older sidecar',
    pod: watchedPod({ inject: 'shop', injected: outdated }),
    counts: { matched: 1, injected: 1, missed: 0, outdated: 1 },
  },
  {
    of: 'has its sidecar, and names another gate by now',
    pod: watchedPod({ inject: 'other', injected: current }),
    counts: { matched: 1, injected: 1, missed: 0, outdated: 0 },
  },
  { of: 'names another gate', pod: watchedPod({ inject: 'other' }), counts: none },
  { of: 'opts out', pod: watchedPod({ inject: 'false' }), counts: none },
  { of: 'is selected by another gate', pod: watchedPod({ labels: { app: 'other' } }), counts: none },
  {
    of: 'is being deleted',
    pod: watchedPod({ inject: 'shop', injected: current, deletionTimestamp: '2026-01-01T00:00:00Z' }),
    counts: none,
  },
  {
    of: 'carries the label of the gate, but no sidecar',
    pod: watchedPod({ labels: { 'metricgate.io/gate': 'shop' } }),
    counts: none,
  },
  {
    of: 'names the gate, and has no sidecar on purpose',
    pod: watchedPod({ inject: 'shop', annotations: { 'metricgate.io/not-injected': 'HostNetwork' } }),
    counts: none,
  },
  {
    of: 'names the gate, and says without a reason that it has no sidecar on purpose',
    pod: watchedPod({ inject: 'shop', annotations: { 'metricgate.io/not-injected': '' } }),
    counts: none,
  },
  {
    of: 'has its sidecar, and says by hand that it has none',
    pod: watchedPod({ injected: current, annotations: { 'metricgate.io/not-injected': 'x' } }),
    counts: { matched: 1, injected: 1, missed: 0, outdated: 0 },
  },
  {
    of: 'is static, so that no webhook can change it',
    pod: watchedPod({ inject: 'shop', annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    counts: none,
  },
]

test.each(cases)('a pod that $of', ({ pod, counts }) => {
  expect(count(shop, [shop, other], [pod])).toEqual(counts)
})

describe('a gate with injection Selector', () => {
  const selected = watchedPod({ labels: { app: 'other' } })

  test('has the pods that its selector matches', () => {
    expect(count(other, [shop, other], [selected])).toEqual({ ...none, matched: 1, missed: 1 })
  })

  test('does not have those that cannot have a sidecar', () => {
    const annotations = { 'metricgate.io/not-injected': 'RunsToCompletion' }
    const finished = watchedPod({ labels: { app: 'other' }, annotations })
    expect(count(other, [shop, other], [finished])).toEqual(none)
  })

  test('does not have those that opt out', () => {
    const optedOut = watchedPod({ labels: { app: 'other' }, inject: 'false' })
    expect(count(other, [shop, other], [optedOut])).toEqual(none)
  })
})

test('of a gate that has no sidecars any more, those that are left are outdated', () => {
  const dns = validGate({ mode: 'DNS', selector: { matchLabels: { app: 'shop' } } })
  const pods = [
    watchedPod({ injected: current }),
    watchedPod({ inject: 'shop' }),
    watchedPod({ labels: { app: 'shop' } }),
  ]
  expect(count(dns, [dns], pods)).toEqual({ matched: 1, injected: 1, missed: 0, outdated: 1 })
})

test('"true" is the only gate, and no longer when there are two', () => {
  const pod = watchedPod({ inject: 'true' })
  const second = validGate({}, 'second')
  expect(count(shop, [shop], [pod]).matched).toBe(1)
  expect(count(shop, [shop, second], [pod]).matched).toBe(0)
})
