import { describe, expect, test } from '@jest/globals'
import { readDeployment, readOwned, readTargets } from '../../../operator/controller/watched.ts'

describe('the version of what we applied', () => {
  const OURS = {
    manager: 'metricgate-operator',
    operation: 'Apply',
    time: '2026-01-01T00:00:00Z',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
  }
  const THEIRS = { ...OURS, manager: 'kube-controller-manager', operation: 'Update', subresource: 'status' }

  function versionOf(managedFields: object[] | undefined, resourceVersion = '1'): string {
    const metadata = { name: 'a', namespace: 'b', uid: 'c', resourceVersion }
    return readOwned({ metadata: { ...metadata, ...(managedFields && { managedFields }) } }).metadata.version
  }
  const before = versionOf([OURS])

  test('does not change with a status that others report', () => {
    expect(versionOf([OURS, THEIRS], '2')).toBe(before)
  })

  test('changes when somebody takes a field from us', () => {
    expect(versionOf([{ ...OURS, fieldsV1: { 'f:spec': {} } }, THEIRS])).not.toBe(before)
  })

  test('changes when we apply something else', () => {
    expect(versionOf([{ ...OURS, time: '2026-01-01T00:00:01Z' }])).not.toBe(before)
  })

  test.each([
    ['nothing is noted of anybody', undefined],
    ['nothing is noted of us', [THEIRS]],
    ['only our status is noted', [{ ...OURS, subresource: 'status' }]],
  ])('is the resource version when %s', (_title, managedFields) => {
    expect(versionOf(managedFields, '7')).toBe('7')
  })
})

test('a Deployment has its state beside what every object has', () => {
  const metadata = {
    name: 'a',
    namespace: 'b',
    uid: 'c',
    resourceVersion: '1',
    labels: { 'metricgate.io/gate': 'shop', 'metricgate.io/replica': '1' },
  }
  expect(readDeployment({ metadata })).toMatchObject({
    metadata: { gate: 'shop' },
    serving: 1,
    workload: { available: false, rollout: 'progressing' },
  })
})

describe('the targets in an EndpointSlice', () => {
  const READY = { conditions: { ready: true, serving: true } }
  // Not ready addresses are published: `ready` is no help.
  const NOT_READY = { conditions: { ready: true, serving: false } }

  function countsOf(slice: object) {
    const labels = { 'metricgate.io/targets': 'shop' }
    const { metadata, resolved, ready } = readTargets({
      metadata: { name: 'a', namespace: 'b', uid: 'c', resourceVersion: '1', labels },
      ...slice,
    })
    return { gate: metadata.gate, resolved, ready }
  }

  test.each<[string, object, { resolved: number; ready: number }]>([
    [
      'are all resolved, and ready as Kubernetes says',
      { ports: [{ port: 1 }], endpoints: [READY, NOT_READY, {}] },
      { resolved: 3, ready: 2 },
    ],
    [
      'without the port that is asked for are none',
      { ports: [], endpoints: [READY] },
      { resolved: 0, ready: 0 },
    ],
    ['may be missing', { ports: null, endpoints: null }, { resolved: 0, ready: 0 }],
  ])('%s', (_title, slice, counts) => {
    expect(countsOf(slice)).toEqual({ gate: 'shop', ...counts })
  })
})
