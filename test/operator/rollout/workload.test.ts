import { describe, expect, test } from '@jest/globals'
import { readRestartable, restartableRef } from '../../../operator/rollout/workload.ts'
import { app, optIn } from '../webhook/fixtures.ts'

/** A workload whose three pods are of its present template and available, and what differs from that. */
function workload(kind: string, spec: object = {}, status: object = {}): object {
  const counts =
    kind === 'DaemonSet'
      ? { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }
      : { replicas: 3, updatedReplicas: 3, availableReplicas: 3 }
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'shop', namespace: 'default', uid: 'u', resourceVersion: '5', generation: 2 },
    spec: {
      ...(kind !== 'DaemonSet' && { replicas: 3 }),
      template: { metadata: { annotations: optIn('shop') }, spec: { containers: [app()] } },
      ...spec,
    },
    status: { observedGeneration: 2, ...counts, ...status },
  }
}

describe('a workload rolls', () => {
  test.each(['Deployment', 'StatefulSet', 'DaemonSet'])(
    'not when all pods of a %s are new and available',
    kind => {
      expect(readRestartable(workload(kind)).rolling).toBe(false)
    },
  )

  test.each([
    {
      while: 'its controller has not seen the template',
      kind: 'Deployment',
      status: { observedGeneration: 1 },
    },
    { while: 'pods are to be made', kind: 'Deployment', status: { updatedReplicas: 2 } },
    { while: 'old pods are to go', kind: 'Deployment', status: { replicas: 4 } },
    { while: 'new pods are not available', kind: 'Deployment', status: { availableReplicas: 2 } },
    { while: 'pods are to be replaced', kind: 'StatefulSet', status: { updatedReplicas: 1 } },
    { while: 'new pods are not available', kind: 'StatefulSet', status: { availableReplicas: 2 } },
    { while: 'pods are to be replaced', kind: 'DaemonSet', status: { updatedNumberScheduled: 2 } },
    { while: 'new pods are not available', kind: 'DaemonSet', status: { numberAvailable: 2 } },
  ])('while $while ($kind)', ({ kind, status }) => {
    expect(readRestartable(workload(kind, {}, status)).rolling).toBe(true)
  })
})

describe('a changed template would not make all pods anew when it', () => {
  test.each([
    { kind: 'Deployment', spec: { paused: true }, hindrance: 'is paused' },
    {
      kind: 'StatefulSet',
      spec: { updateStrategy: { type: 'OnDelete' } },
      hindrance: 'has the update strategy OnDelete',
    },
    {
      kind: 'DaemonSet',
      spec: { updateStrategy: { type: 'OnDelete' } },
      hindrance: 'has the update strategy OnDelete',
    },
    {
      kind: 'StatefulSet',
      spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
      hindrance: 'updates only its pods from number 2 on (partition)',
    },
    { kind: 'Deployment', spec: { strategy: { type: 'Recreate' } }, hindrance: undefined },
  ])('($kind) $hindrance', ({ kind, spec, hindrance }) => {
    expect(readRestartable(workload(kind, spec)).hindrance).toBe(hindrance)
  })
})

test('when it was restarted the API server has noted for our field manager', () => {
  const { metadata, ...rest } = workload('Deployment') as { metadata: object }
  const of = (...managedFields: object[]): string | undefined =>
    readRestartable({ ...rest, metadata: { ...metadata, managedFields } }).restartedAt
  const theirs = { manager: 'kubectl', operation: 'Update', time: '2026-01-01T00:00:00Z' }
  expect(of(theirs)).toBeUndefined()
  expect(of(theirs, { ...theirs, manager: 'metricgate-rollout', time: '2026-01-02T00:00:00Z' })).toBe(
    '2026-01-02T00:00:00Z',
  )
})

test('what it was restarted for stands in its pod template', () => {
  const annotations = { 'metricgate.io/restarted-for': 'x' }
  const template = { metadata: { annotations }, spec: { containers: [app()] } }
  expect(readRestartable(workload('Deployment')).restartedFor).toBeUndefined()
  expect(readRestartable(workload('Deployment', { template })).restartedFor).toBe('x')
})

test.each([
  { apiVersion: 'apps/v1', kind: 'Deployment', restartable: true },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', restartable: true },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', restartable: true },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', restartable: false },
  { apiVersion: 'batch/v1', kind: 'Job', restartable: false },
  { apiVersion: 'example.com/v1', kind: 'Deployment', restartable: false },
])('$apiVersion $kind can be restarted: $restartable', ({ apiVersion, kind, restartable }) => {
  const ref = restartableRef({ apiVersion, kind, name: 'shop', uid: 'u' }, 'default')
  expect(ref !== undefined).toBe(restartable)
})
