import { describe, expect, test } from '@jest/globals'
import type { MetricGateInput } from '../../../operator/api/metricgate.ts'
import type { ProxyUser } from '../../../operator/resources/container.ts'
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
  runsAsRoot: false,
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
      "has the gate's resources, and nothing of the operator's",
      { proxy: { resources: { limits: { memory: '2Gi' } } } },
      { ...OPTIONS, resources: { requests: { memory: '1Gi' }, limits: { cpu: 1 } } },
      { resources: { limits: { memory: '2Gi' } } },
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

describe('the user', () => {
  const contextOf = (user: ProxyUser | undefined, pod: Partial<PodFacts> = {}) =>
    sidecarOf(gate('shop'), { ...EMPTY, ...pod }, { ...OPTIONS, ...(user && { user }) }).container
      .securityContext

  test.each<[string, ProxyUser | undefined, Partial<PodFacts>, number]>([
    ['is one that base images do not have', undefined, {}, 64_650],
    ['is the one that the operator is told', 1000, {}, 1000],
    ['is the next one, if the pod has that', 1000, { users: new Set([1000, 1001]) }, 1002],
    [
      'goes beyond those of a user namespace, if told',
      1_000_650_000,
      { users: new Set([1_000_650_000]) },
      1_000_650_001,
    ],
    ['stays in those of a user namespace', 65_535, { users: new Set([65_535, 1]) }, 2],
    [
      'is not left to a pod that says root',
      'image',
      { users: new Set([0, 64_650]), runsAsRoot: true },
      64_651,
    ],
  ])('%s', (_title, user, pod, uid) => {
    expect(contextOf(user, pod)).toMatchObject({ runAsNonRoot: true, runAsUser: uid, runAsGroup: uid })
  })

  test('is not named if the image has the say, which must not say root', () => {
    const { runAsUser, runAsGroup, ...others } = contextOf(undefined) ?? {}
    expect([runAsUser, runAsGroup]).toEqual([64_650, 64_650])
    expect(contextOf('image', { users: new Set([1000]) })).toStrictEqual(others)
    expect(others).toMatchObject({ runAsNonRoot: true })
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

  test("depends on the operator's resources, unless the gate has its own", () => {
    const later: SidecarOptions = { ...OPTIONS, resources: { limits: { cpu: '500m' } } }
    const own = gate('shop', { proxy: { resources: { limits: { memory: '1Gi' } } } })
    expect(injectedHash(gate('shop'), later)).not.toBe(before)
    expect(injectedHash(own, later)).toBe(injectedHash(own, OPTIONS))
  })

  test('depends on the user', () => {
    const hashes = ([64_650, 1000, 'image'] as const).map(user =>
      injectedHash(gate('shop'), { ...OPTIONS, user }),
    )
    expect(new Set([before, ...hashes]).size).toBe(3)
  })

  test('does not depend on the order in which resources are written', () => {
    const one = gate('shop', { proxy: { resources: { limits: { cpu: 1, memory: '1Gi' } } } })
    const other = gate('shop', { proxy: { resources: { limits: { memory: '1Gi', cpu: 1 } } } })
    expect(injectedHash(one, OPTIONS)).toBe(injectedHash(other, OPTIONS))
  })
})
