import { expect, test } from '@jest/globals'
import type { GatePod } from '../../../operator/controller/pod-counts.ts'
import { affectedPods, renewedPods, rolloutTarget } from '../../../operator/rollout/affected.ts'
import { validGate, watchedPod } from '../controller/support/watched.ts'

const TARGET = '0123456789abcdef'
const OPTIONS = { proxyImage: 'metricgate/proxy:1' }

function gatePod(sidecar: GatePod['sidecar'], owner: string | undefined, restartedFor?: string): GatePod {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }
  const pod = watchedPod({
    ...(owner !== undefined && {
      ownerReferences: [{ ...reference, uid: 'x', controller: false }, reference],
    }),
    ...(restartedFor !== undefined && { annotations: { 'metricgate.io/restarted-for': restartedFor } }),
  })
  return { pod, sidecar }
}

test('pods that are not as they should be are counted by what controls them', () => {
  const pods = [
    gatePod('missed', 'b'),
    gatePod('outdated', 'a'),
    gatePod('current', 'a'),
    gatePod('missed', 'a', TARGET),
    gatePod('outdated', 'a', 'another'),
    gatePod('missed', undefined),
  ]
  expect(affectedPods(pods, TARGET)).toEqual([
    { owner: undefined, pods: 1, again: 0 },
    { owner: expect.objectContaining({ uid: 'a' }), pods: 3, again: 1 },
    { owner: expect.objectContaining({ uid: 'b' }), pods: 1, again: 0 },
  ])
})

test('pods that a restart for the target has made as they should be are counted likewise', () => {
  const pods = [
    gatePod('current', 'a', TARGET),
    gatePod('current', 'a', TARGET),
    gatePod('current', 'b', 'another'),
    gatePod('current', 'c'),
    gatePod('missed', 'd', TARGET),
  ]
  expect(renewedPods(pods, TARGET)).toEqual([
    { owner: expect.objectContaining({ uid: 'a' }), pods: 2, again: 2 },
  ])
})

test('a gate without such pods has none', () => {
  expect(affectedPods([gatePod('current', 'a'), gatePod('current', undefined)], TARGET)).toEqual([])
})

test('the target is another one for another sidecar, the same for other rules, "none" for a mode without sidecars', () => {
  const target = (spec: Record<string, unknown>): string => rolloutTarget(validGate(spec), OPTIONS)
  expect(target({ proxy: { image: 'proxy:2' } })).not.toBe(target({}))
  expect(
    target({ metricRelabelings: [{ action: 'labeldrop', regex: 'path' }], proxy: { rollout: 'Auto' } }),
  ).toBe(target({}))
  expect(target({ mode: 'DNS', selector: { matchLabels: { app: 'shop' } } })).toBe('none')
})
