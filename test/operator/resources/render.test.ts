import { describe, expect, test } from '@jest/globals'
import {
  type ClusterFacts,
  missingMonitorKind,
  RENDERED_KINDS,
  renderGate,
} from '../../../operator/resources/render.ts'
import { checkedGate } from './gate.ts'

const ALL: ClusterFacts = { serviceMonitors: true, podMonitors: true }
const NONE: ClusterFacts = { serviceMonitors: false, podMonitors: false }

function kinds(spec: Record<string, unknown>, facts: ClusterFacts): (string | undefined)[] {
  return renderGate(checkedGate(spec), facts).map(({ kind }) => kind)
}

describe('which objects a gate has', () => {
  test('ConfigMap, Service and ServiceMonitor', () => {
    expect(kinds({}, ALL)).toEqual(['ConfigMap', 'Service', 'ServiceMonitor'])
  })

  test('a PodMonitor instead, when asked for', () => {
    expect(kinds({ monitor: { kind: 'PodMonitor' } }, ALL)).toEqual(['ConfigMap', 'Service', 'PodMonitor'])
  })

  test('no monitor when it is not enabled', () => {
    expect(kinds({ monitor: { enabled: false } }, ALL)).toEqual(['ConfigMap', 'Service'])
  })

  test('no monitor where the cluster does not have its kind, which can be asked', () => {
    const onlyPods = { serviceMonitors: false, podMonitors: true }
    expect(kinds({}, onlyPods)).toEqual(['ConfigMap', 'Service'])
    expect(missingMonitorKind(checkedGate(), onlyPods)).toBe('ServiceMonitor')
    expect(missingMonitorKind(checkedGate({ monitor: { kind: 'PodMonitor' } }), onlyPods)).toBeUndefined()
    expect(missingMonitorKind(checkedGate({ monitor: { enabled: false } }), NONE)).toBeUndefined()
  })

  test.each(['DNS', 'Subset'])('none in mode %s, which is not available yet', mode => {
    expect(kinds({ mode, selector: { matchLabels: { app: 'shop' } } }, ALL)).toEqual([])
  })

  test('every kind is on the list of kinds', () => {
    const listed = RENDERED_KINDS.map(({ kind }) => kind)
    expect(listed).toEqual(expect.arrayContaining(kinds({}, ALL)))
    expect(listed).toEqual(expect.arrayContaining(kinds({ monitor: { kind: 'PodMonitor' } }, ALL)))
  })
})

describe('what every object has', () => {
  const objects = renderGate(checkedGate(), ALL)

  test.each(objects)('$kind: the gate owns it and alone controls it', ({ metadata }) => {
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

  test.each(objects)('$kind: name, namespace and labels', ({ metadata }) => {
    expect(metadata).toMatchObject({
      name: 'metricgate-shop',
      namespace: 'default',
      labels: { 'app.kubernetes.io/managed-by': 'metricgate-operator', 'metricgate.io/gate': 'shop' },
    })
  })

  test.each(objects)('$kind: no finalizer', ({ metadata }) => {
    expect(metadata?.finalizers).toBeUndefined()
  })

  test('the longest name of a gate makes names of 63 characters', () => {
    const names = renderGate(checkedGate({}, 'a'.repeat(52)), ALL).map(
      ({ metadata }) => metadata?.name?.length,
    )
    expect(names).toEqual([63, 63, 63])
  })
})

test('the same gate gives the same bytes', () => {
  const spec = { monitor: { labels: { b: '1', a: '2' } }, subsets: [{ name: 'x' }] }
  expect(JSON.stringify(renderGate(checkedGate(spec), ALL))).toBe(
    JSON.stringify(renderGate(checkedGate(spec), ALL)),
  )
})

test('rendering leaves the gate as it is', () => {
  const gate = checkedGate({ monitor: { labels: { release: 'x' } } })
  const before = structuredClone(gate)
  renderGate(gate, ALL)
  expect(gate).toEqual(before)
})
