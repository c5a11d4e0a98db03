import { describe, expect, test } from '@jest/globals'
import type { MetricGateInput } from '../../../operator/api/metricgate.ts'
import {
  injectedHash,
  type PodFacts,
  type SidecarGate,
  type SidecarOptions,
  sidecarOf,
} from '../../../operator/resources/sidecar.ts'
import { gate } from '../webhook/fixtures.ts'

const OPTIONS: SidecarOptions = { proxyImage: 'proxy:1' }
const EMPTY: PodFacts = {
  containerNames: new Set(),
  volumeNames: new Set(),
  ports: new Set(),
  namedPorts: new Map(),
  users: new Set(),
  sharesResources: false,
}
const UNKNOWN: SidecarGate = { metadata: { name: 'shop' } }

type Spec = Partial<MetricGateInput['spec']>

describe('the container', () => {
  test.each<[string, Spec, SidecarOptions, object]>([
    ["has the operator's image", {}, OPTIONS, { image: 'proxy:1' }],
    ["has the gate's image", { proxy: { image: 'proxy:2' } }, OPTIONS, { image: 'proxy:2' }],
    [
      "has the operator's pull policy",
      {},
      { ...OPTIONS, imagePullPolicy: 'Never' },
      { imagePullPolicy: 'Never' },
    ],
    [
      "has the gate's pull policy",
      { proxy: { imagePullPolicy: 'Always' } },
      { ...OPTIONS, imagePullPolicy: 'Never' },
      { imagePullPolicy: 'Always' },
    ],
    [
      "has the operator's resources",
      {},
      { ...OPTIONS, resources: { requests: { memory: '1Gi' } } },
      { resources: { requests: { memory: '1Gi' } } },
    ],
    [
      "has the gate's resources, whole, as Kubernetes writes quantities",
      { proxy: { resources: { limits: { cpu: 1 } } } },
      OPTIONS,
      { resources: { limits: { cpu: '1' } } },
    ],
    ['restarts always, by default', {}, OPTIONS, { restartPolicy: 'Always' }],
    [
      'restarts always, if asked for',
      { proxy: { nativeSidecar: 'Always' } },
      OPTIONS,
      { restartPolicy: 'Always' },
    ],
  ])('%s', (_title, spec, options, part) => {
    expect(sidecarOf(gate('shop', spec), EMPTY, options).container).toMatchObject(part)
  })

  test.each<[string, Spec, string]>([
    ['a restart policy, being ordinary', { proxy: { nativeSidecar: 'Never' } }, 'restartPolicy'],
    ['a readiness probe: it is not for us to take the application out of service', {}, 'readinessProbe'],
    ['a pull policy, if nobody asks for one', {}, 'imagePullPolicy'],
    ['a command: the entry point of the image is the proxy', {}, 'command'],
  ])('does not have %s', (_title, spec, property) => {
    expect(sidecarOf(gate('shop', spec), EMPTY, OPTIONS).container).not.toHaveProperty(property)
  })
})

describe('the sidecar of a gate that is not there', () => {
  test('is that of a gate with defaults', () => {
    expect(sidecarOf(UNKNOWN, EMPTY, OPTIONS)).toEqual(sidecarOf(gate('shop'), EMPTY, OPTIONS))
  })

  test('is not outdated when the gate comes with defaults', () => {
    expect(injectedHash(UNKNOWN, OPTIONS)).toBe(injectedHash(gate('shop'), OPTIONS))
  })
})

describe('the hash', () => {
  const before = injectedHash(gate('shop'), OPTIONS)

  test('is short enough to read', () => {
    expect(before).toMatch(/^[0-9a-f]{16}$/)
  })

  test.each<[string, Spec]>([
    ['rules', { metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] }],
    ['subsets', { subsets: [{ name: 'few' }] }],
    ['limits', { limits: { onLimit: 'Fail' } }],
    ['the target, which is configuration', { targets: [{ port: 'http', path: '/stats' }] }],
    ['the log level, which is configuration', { proxy: { logLevel: 'debug' } }],
    ['the monitor', { monitor: { interval: '15s' } }],
    ['which pods are meant', { selector: { matchLabels: { app: 'web' } }, injection: 'Selector' }],
  ])('does not depend on %s', (_title, spec) => {
    expect(injectedHash(gate('shop', spec), OPTIONS)).toBe(before)
  })

  test.each<[string, Spec]>([
    ['the image', { proxy: { image: 'proxy:2' } }],
    ['the pull policy', { proxy: { imagePullPolicy: 'Always' } }],
    ['the port', { proxy: { port: 9999 } }],
    ['a port that the application has taken', { targets: [{ port: 9464 }] }],
    ['the resources', { proxy: { resources: { limits: { memory: '1Gi' } } } }],
    ['the kind of container', { proxy: { nativeSidecar: 'Never' } }],
  ])('depends on %s', (_title, spec) => {
    expect(injectedHash(gate('shop', spec), OPTIONS)).not.toBe(before)
  })

  test("depends on the operator's image, unless the gate has its own", () => {
    const later: SidecarOptions = { proxyImage: 'proxy:9' }
    const own = gate('shop', { proxy: { image: 'proxy:2' } })
    expect(injectedHash(gate('shop'), later)).not.toBe(before)
    expect(injectedHash(own, later)).toBe(injectedHash(own, OPTIONS))
  })

  test('does not depend on the order in which resources are written', () => {
    const one = gate('shop', { proxy: { resources: { limits: { cpu: 1, memory: '1Gi' } } } })
    const other = gate('shop', { proxy: { resources: { limits: { memory: '1Gi', cpu: 1 } } } })
    expect(injectedHash(one, OPTIONS)).toBe(injectedHash(other, OPTIONS))
  })
})
