import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import fc from 'fast-check'
import { GATE_LABEL } from '../../../operator/api/labels.ts'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { inject } from '../../../operator/webhook/inject.ts'
import { type Json, jsonPatch } from '../../../operator/webhook/json-patch.ts'
import { allContainers } from '../../../operator/webhook/pod-facts.ts'
import { podSchema } from '../../../operator/webhook/pod-schema.ts'
import { applyJsonPatch } from './apply-json-patch.ts'
import { gate, gates, OPTIONS, optIn } from './fixtures.ts'

const SIDECAR_IMAGE = OPTIONS.proxyImage

const arbitraryPort = fc.record(
  {
    name: fc.constantFrom('http', 'metrics', 'http-metrics', 'a1'),
    containerPort: fc.constantFrom(80, 8080, 9464, 9465, 9466),
    hostPort: fc.constantFrom(9464, 9467),
    protocol: fc.constantFrom('TCP', 'UDP'),
  },
  { requiredKeys: ['containerPort'] },
)
const arbitraryContainer: fc.Arbitrary<V1Container> = fc.record(
  {
    name: fc.constantFrom('app', 'metricgate', 'metricgate-2', 'mesh'),
    image: fc.constantFrom('app:1', 'registry.example.com:5000/app@sha256:abc'),
    restartPolicy: fc.constant('Always'),
    ports: fc.array(arbitraryPort, { maxLength: 3 }),
    env: fc.array(fc.record({ name: fc.constantFrom('A', 'PORT_HTTP'), value: fc.string() }), {
      maxLength: 2,
    }),
    securityContext: fc.record({ runAsUser: fc.constantFrom(0, 1000, 64650, 64651) }, { requiredKeys: [] }),
    readinessProbe: fc.record({
      httpGet: fc.record({ port: fc.constantFrom<number | string>(9464, 'http') }),
    }),
  },
  { requiredKeys: ['name', 'image'] },
)
const arbitraryAnnotations = fc.dictionary(
  fc.constantFrom('prometheus.io/scrape', 'prometheus.io/port', 'prometheus.io/scheme', 'other/a~b'),
  fc.constantFrom('true', 'false', '8080', 'https'),
)
const arbitraryPod: fc.Arbitrary<V1Pod> = fc
  .record({
    inject: fc.constantFrom('shop', 'true', 'later', 'false', 'Not/valid', undefined),
    annotations: fc.option(arbitraryAnnotations, { nil: undefined }),
    metadata: fc.record(
      {
        name: fc.constant('a'),
        labels: fc.dictionary(fc.constantFrom('app', 'metricgate.io/gate'), fc.constant('web')),
      },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        containers: fc.array(arbitraryContainer, { maxLength: 4 }),
        initContainers: fc.array(arbitraryContainer, { maxLength: 3 }),
        volumes: fc.array(fc.record({ name: fc.constantFrom('a', 'metricgate-config') }), { maxLength: 2 }),
        hostNetwork: fc.boolean(),
        restartPolicy: fc.constantFrom('Always', 'Never'),
        resources: fc.constant({ limits: { cpu: '1' } }),
        nodeName: fc.string(),
      },
      { requiredKeys: ['containers'] },
    ),
  })
  .map(({ inject: value, annotations, metadata, spec }) => ({
    metadata: {
      ...metadata,
      ...((annotations ?? value) !== undefined && {
        annotations: { ...annotations, ...(value && optIn(value)) },
      }),
    },
    spec,
  }))
const arbitraryGate: fc.Arbitrary<MetricGate> = fc
  .record({
    nativeSidecar: fc.constantFrom('Auto' as const, 'Never' as const),
    port: fc.option(fc.constantFrom(9464, 9999), { nil: undefined }),
    target: fc.constantFrom<number | string>(8080, 'http', 9467),
    injection: fc.constantFrom('Annotation' as const, 'Selector' as const),
  })
  .map(({ nativeSidecar, port, target, injection }) =>
    gate('shop', {
      injection,
      selector: { matchLabels: { app: 'web' } },
      targets: [{ port: target }],
      proxy: { nativeSidecar, ...(port !== undefined && { port }) },
    }),
  )

/** Adds what another webhook might add after ours. */
function withContainers(pod: V1Pod, containers: V1Container[]): V1Pod {
  return { ...pod, spec: { ...pod.spec, containers: [...(pod.spec?.containers ?? []), ...containers] } }
}

function sidecarsIn(pod: V1Pod): V1Container[] {
  return allContainers(pod).filter(({ image }) => image === SIDECAR_IMAGE)
}

describe('whatever the pod and the gate are', () => {
  test('a second pass changes nothing', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, (pod, of) => {
        const first = inject(pod, gates(of), OPTIONS).pod
        const second = inject(first, gates(of), OPTIONS)
        expect(second.outcome).not.toBe('injected')
        expect(second.pod).toEqual(first)
      }),
    )
  })

  test('a pass after others have added containers is the last that changes anything, and adds no sidecar', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, fc.array(arbitraryContainer), (pod, of, added) => {
        const first = inject(pod, gates(of), OPTIONS).pod
        const second = inject(withContainers(first, added), gates(of), OPTIONS).pod
        expect(sidecarsIn(second)).toHaveLength(sidecarsIn(first).length)
        expect(inject(second, gates(of), OPTIONS).outcome).not.toBe('injected')
      }),
    )
  })

  test('everything of the pod stays, except annotations for scraping', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, (pod, of) => {
        const { pod: after } = inject(pod, gates(of), OPTIONS)
        const lists = ['containers', 'initContainers', 'volumes'] as const
        for (const list of lists) {
          const before = pod.spec?.[list] ?? []
          expect((after.spec?.[list] ?? []).slice(0, before.length)).toEqual(before)
        }
        const without = { containers: [], initContainers: [], volumes: [] }
        expect({ ...after.spec, ...without }).toEqual({ ...pod.spec, ...without })
        const { 'metricgate.io/gate': _gate, ...labels } = pod.metadata?.labels ?? {}
        expect(after.metadata?.labels ?? {}).toMatchObject(labels)
        const annotations = Object.entries(pod.metadata?.annotations ?? {})
        const kept = annotations.filter(([key]) => !key.startsWith('prometheus.io/'))
        expect(after.metadata?.annotations ?? {}).toMatchObject(Object.fromEntries(kept))
      }),
    )
  })

  test('the sidecar has a name, a volume, a user and a port of its own', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, (pod, of) => {
        const { outcome, pod: after } = inject(pod, gates(of), OPTIONS)
        fc.pre(outcome === 'injected')
        const [sidecar] = sidecarsIn(after)
        const others = allContainers(pod)
        expect(others.map(({ name }) => name)).not.toContain(sidecar?.name)
        expect((pod.spec?.volumes ?? []).map(({ name }) => name)).not.toContain(
          sidecar?.volumeMounts?.[0]?.name,
        )
        expect(others.map(({ securityContext }) => securityContext?.runAsUser)).not.toContain(
          sidecar?.securityContext?.runAsUser,
        )
        const ports = others.flatMap(({ ports = [] }) => ports).filter(({ protocol }) => protocol !== 'UDP')
        const taken = ports.flatMap(({ containerPort, hostPort }) => [containerPort, hostPort])
        // A pod may name another gate, one that is not there: nothing is known of what that reads.
        const isOurs = after.metadata?.labels?.[GATE_LABEL] === of.metadata.name
        const read = isOurs ? [of.spec.targets[0]?.port] : []
        expect([...taken, ...read]).not.toContain(sidecar?.ports?.[0]?.containerPort)
      }),
    )
  })

  test('the patch turns the pod into the one with a sidecar', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, (pod, of) => {
        const before = pod as unknown as Json
        const after = inject(pod, gates(of), OPTIONS).pod as unknown as Json
        expect(applyJsonPatch(before, jsonPatch(before, after))).toEqual(after)
      }),
    )
  })

  test('a pod that says no is the same object afterwards', () => {
    fc.assert(
      fc.property(arbitraryPod, arbitraryGate, (pod, of) => {
        const optedOut = { ...pod, metadata: { ...pod.metadata, annotations: optIn('false') } }
        expect(inject(optedOut, gates(of), OPTIONS).pod).toBe(optedOut)
      }),
    )
  })

  test('it is a pod as the API server would send it: these properties are about real ones', () => {
    fc.assert(fc.property(arbitraryPod, pod => podSchema.safeParse(pod).success))
  })
})
