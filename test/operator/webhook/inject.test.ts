import { describe, expect, test } from '@jest/globals'
import type { V1Container, V1Pod } from '@kubernetes/client-node'
import type { MetricGate } from '../../../operator/api/metricgate.ts'
import { injectedHash, type SidecarOptions } from '../../../operator/resources/sidecar.ts'
import { inject } from '../../../operator/webhook/inject.ts'
import { allContainers } from '../../../operator/webhook/pod-facts.ts'
import { app, gate, gates, OPTIONS, optIn, pod } from './fixtures.ts'

const SHOP = gate('shop')

function sidecarIn(injectedPod: V1Pod): V1Container {
  const sidecar = allContainers(injectedPod).find(({ image }) => image === OPTIONS.proxyImage)
  if (sidecar === undefined) throw new Error('the pod has no sidecar')
  return sidecar
}

function inserted(given: V1Pod, ...of: MetricGate[]): V1Container {
  return sidecarIn(inject(given, gates(...of), OPTIONS).pod)
}

describe('a pod that opts in', () => {
  test('gets a native sidecar, its volume, a label and the hash', () => {
    const { pod: result, ...rest } = inject(pod(optIn('shop')), gates(SHOP), OPTIONS)
    expect(rest).toEqual({ outcome: 'injected', reason: 'Annotation', warnings: [] })
    expect(result).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        generateName: 'app-',
        labels: { 'metricgate.io/gate': 'shop' },
        annotations: {
          'metricgate.io/inject': 'shop',
          'metricgate.io/injected': injectedHash(SHOP, OPTIONS),
        },
      },
      spec: {
        containers: [app()],
        initContainers: [
          {
            name: 'metricgate',
            image: 'registry.example.com/metricgate-proxy:1.0.0',
            restartPolicy: 'Always',
            args: ['/etc/metricgate/config.yaml', '--port', '9464', '--wait-for-config'],
            env: [{ name: 'PORT_HTTP', value: '8080' }],
            ports: [{ name: 'metricgate', containerPort: 9464, protocol: 'TCP' }],
            volumeMounts: [{ name: 'metricgate-config', mountPath: '/etc/metricgate', readOnly: true }],
            resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '256Mi' } },
            livenessProbe: {
              httpGet: { path: '/_health', port: 'metricgate' },
              periodSeconds: 10,
              timeoutSeconds: 5,
              failureThreshold: 6,
            },
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 64650,
              runAsGroup: 64650,
              privileged: false,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
            terminationMessagePolicy: 'FallbackToLogsOnError',
          },
        ],
        volumes: [{ name: 'metricgate-config', configMap: { name: 'metricgate-shop', optional: true } }],
      },
    })
  })

  test('gets its sidecar after its own init containers', () => {
    const given = pod(optIn('shop'), { initContainers: [app({ name: 'migrate', ports: [] })] })
    const { initContainers } = inject(given, gates(SHOP), OPTIONS).pod.spec ?? {}
    expect(initContainers?.map(({ name }) => name)).toEqual(['migrate', 'metricgate'])
  })

  test('gets an ordinary container, the last, for a gate with nativeSidecar: Never', () => {
    const { pod: result } = inject(
      pod(optIn('shop')),
      gates(gate('shop', { proxy: { nativeSidecar: 'Never' } })),
      OPTIONS,
    )
    expect(result.spec?.initContainers).toBeUndefined()
    expect(result.spec?.containers.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
      ['app', undefined],
      ['metricgate', undefined],
    ])
  })

  test('is not itself changed: the result is another object', () => {
    const given = pod(optIn('shop'), { volumes: [{ name: 'tmp', emptyDir: {} }] })
    const before = structuredClone(given)
    inject(given, gates(SHOP), OPTIONS)
    expect(given).toEqual(before)
  })

  test('needs neither a name nor labels nor lists that may be absent', () => {
    const given: V1Pod = { metadata: { annotations: optIn('shop') }, spec: { containers: [{ name: 'app' }] } }
    expect(inject(given, gates(SHOP), OPTIONS).outcome).toBe('injected')
  })
})

describe('pods that get no sidecar', () => {
  const never = gate('shop', { proxy: { nativeSidecar: 'Never' } })
  const withPort = gate('shop', { proxy: { port: 9999 } })

  test.each<[string, V1Pod, MetricGate, string, RegExp]>([
    ['a Windows pod by os', pod(optIn('shop'), { os: { name: 'windows' } }), SHOP, 'WindowsPod', /Windows/],
    [
      'a Windows pod by node',
      pod(optIn('shop'), { nodeSelector: { 'kubernetes.io/os': 'windows' } }),
      SHOP,
      'WindowsPod',
      /Windows/,
    ],
    [
      'a proxy by hand, by its port',
      pod(optIn('shop'), {
        containers: [app(), { name: 'gate', ports: [{ name: 'metricgate', containerPort: 1 }] }],
      }),
      SHOP,
      'HandWritten',
      /container "gate" has a port named "metricgate" already/,
    ],
    [
      'a proxy by hand, by its image',
      pod(optIn('shop'), {
        initContainers: [app({ name: 'gate', image: 'registry.example.com/metricgate-proxy:0.9' })],
      }),
      SHOP,
      'HandWritten',
      /container "gate" runs the image registry.example.com\/metricgate-proxy already/,
    ],
    [
      'a pod in the network of its node',
      pod(optIn('shop'), { hostNetwork: true }),
      SHOP,
      'HostNetwork',
      /proxy\.port/,
    ],
    [
      'such a pod that uses the port itself',
      pod(optIn('shop'), { hostNetwork: true, containers: [app({ ports: [{ containerPort: 9999 }] })] }),
      withPort,
      'HostNetwork',
      /proxy\.port 9999 is a port of the pod/,
    ],
    [
      'a Job, with an ordinary container',
      pod(optIn('shop'), { restartPolicy: 'Never' }),
      never,
      'RunsToCompletion',
      /completion/,
    ],
    [
      'a Job that retries',
      pod(optIn('shop'), { restartPolicy: 'OnFailure' }),
      never,
      'RunsToCompletion',
      /completion/,
    ],
  ])('%s is marked with why, and nothing else of it changes', (_title, given, of, reason, warning) => {
    const first = inject(given, gates(of), OPTIONS)
    expect(first).toMatchObject({ outcome: 'skipped', reason })
    expect(first.warnings).toEqual([expect.stringMatching(warning)])
    const annotations = { ...given.metadata?.annotations, 'metricgate.io/not-injected': reason }
    expect(first.pod).toEqual({ ...given, metadata: { ...given.metadata, annotations } })
    const second = inject(first.pod, gates(of), OPTIONS)
    expect(second.pod).toBe(first.pod)
    expect(second).toEqual(first)
  })

  test.each<[string, V1Pod]>([
    ['that is static', pod({ ...optIn('shop'), 'kubernetes.io/config.mirror': 'x' })],
    ['that opts out', pod(optIn('false'), { hostNetwork: true })],
    ['without a gate', pod(undefined, { hostNetwork: true })],
    ['whose annotation names none', pod(optIn('Not/valid'), { hostNetwork: true })],
  ])('a pod %s is the same object afterwards', (_title, given) => {
    const { outcome, pod: result } = inject(given, gates(SHOP), OPTIONS)
    expect(outcome).toBe('skipped')
    expect(result).toBe(given)
  })

  test('a pod that a gate selects, and that has no annotations, is marked, too', () => {
    const selecting = gate('shop', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })
    const given = pod(undefined, { labels: { app: 'web' }, hostNetwork: true })
    expect(inject(given, gates(selecting), OPTIONS).pod.metadata).toEqual({
      ...given.metadata,
      annotations: { 'metricgate.io/not-injected': 'HostNetwork' },
    })
  })

  test('a mark of another obstacle, or by hand, gives way to what is so now', () => {
    const given = pod({ ...optIn('shop'), 'metricgate.io/not-injected': 'by hand' }, { hostNetwork: true })
    expect(inject(given, gates(SHOP), OPTIONS).pod.metadata?.annotations).toEqual({
      ...optIn('shop'),
      'metricgate.io/not-injected': 'HostNetwork',
    })
    expect(inject(given, gates(withPort), OPTIONS).pod.metadata?.annotations).toEqual({
      ...optIn('shop'),
      'metricgate.io/injected': injectedHash(withPort, OPTIONS),
    })
  })

  test.each<[string, V1Pod, MetricGate]>([
    ['a Job, with a native sidecar', pod(optIn('shop'), { restartPolicy: 'Never' }), SHOP],
    ['a Deployment, with an ordinary container', pod(optIn('shop'), { restartPolicy: 'Always' }), never],
    [
      'a pod in the network of its node, with a port that is free there',
      pod(optIn('shop'), { hostNetwork: true }),
      withPort,
    ],
    ['a Linux pod that says so', pod(optIn('shop'), { os: { name: 'linux' } }), SHOP],
    [
      'a pod with the annotations of an injected one, and no sidecar',
      pod({ ...optIn('shop'), 'metricgate.io/injected': 'old' }),
      SHOP,
    ],
  ])('but one does: %s', (_title, given, of) => {
    expect(inject(given, gates(of), OPTIONS)).toMatchObject({ outcome: 'injected', warnings: [] })
  })
})

describe('the port', () => {
  const proxy = (port: number): MetricGate => gate('shop', { proxy: { port } })
  const listening = (port: number, more = {}): V1Container =>
    app({ name: 'other', ports: [{ containerPort: port, ...more }] })
  const probing = (port: number): V1Container =>
    app({ name: 'other', ports: [], livenessProbe: { tcpSocket: { port } } })

  test.each<[string, V1Container[], MetricGate, number]>([
    ['is 9464', [], SHOP, 9464],
    ['is what the gate asks for', [], proxy(9999), 9999],
    ['is the next one, if a container has it', [listening(9464)], SHOP, 9465],
    [
      'is the next but one, if another has that',
      [listening(9464), app({ name: 'b', ports: [{ containerPort: 9465 }] })],
      SHOP,
      9466,
    ],
    ['is the next one, if it is a port of the node', [listening(80, { hostPort: 9464 })], SHOP, 9465],
    ['is the next one, if it is probed', [probing(9464)], SHOP, 9465],
    ['is the next one, if the gate reads it', [], gate('shop', { targets: [{ port: 9464 }] }), 9465],
    ['is the next one, if the gate asks for a taken one', [listening(9999)], proxy(9999), 10000],
    ['goes on at 1024 after the last one', [listening(65535)], proxy(65535), 1024],
    ['may be that of a UDP port', [listening(9464, { protocol: 'UDP' })], SHOP, 9464],
  ])('%s', (_title, others, of, port) => {
    const sidecar = inserted(pod(optIn('shop'), { containers: [app(), ...others] }), of)
    expect(sidecar.ports).toEqual([{ name: 'metricgate', containerPort: port, protocol: 'TCP' }])
    expect(sidecar.args).toContain(String(port))
  })

  test.each<[string, MetricGate, string]>([
    [
      'number that the gate reads',
      gate('shop', { targets: [{ port: 1234 }] }),
      'MetricGate "shop" reads port 1234, which no container of the pod declares',
    ],
    [
      'name that the gate reads',
      gate('shop', { targets: [{ port: 'web' }] }),
      'MetricGate "shop" reads port "web", which no container of the pod declares',
    ],
    [
      'port that the proxy cannot have',
      gate('shop', { targets: [{ port: 'http' }], proxy: { port: 8080 } }),
      'port 8080 of MetricGate "shop" is taken in this pod: its sidecar listens on 8081',
    ],
  ])('an unusual %s is only warned about', (_title, of, warning) => {
    expect(inject(pod(optIn('shop')), gates(of), OPTIONS)).toMatchObject({
      outcome: 'injected',
      warnings: [warning],
    })
  })

  test('of several targets those are warned about that no container declares, once for each port', () => {
    const targets = [{ port: 8080 }, { port: 1234 }, { port: 'web', path: '/a' }, { port: 'web' }]
    const { warnings } = inject(pod(optIn('shop')), gates(gate('shop', { targets })), OPTIONS)
    expect(warnings).toEqual([
      'MetricGate "shop" reads port 1234, which no container of the pod declares',
      'MetricGate "shop" reads port "web", which no container of the pod declares',
    ])
  })
})

describe('what the sidecar is told of the pod', () => {
  test('the numbers of all named ports, of native sidecars too, and of the first of equal names', () => {
    const given = pod(optIn('shop'), {
      containers: [
        app({ ports: [{ name: 'http-metrics', containerPort: 8080 }, { containerPort: 81 }] }),
        app({ name: 'second', ports: [{ name: 'http-metrics', containerPort: 82 }] }),
      ],
      initContainers: [
        app({ name: 'mesh', restartPolicy: 'Always', ports: [{ name: 'mesh', containerPort: 15020 }] }),
        app({ name: 'once', ports: [{ name: 'once', containerPort: 84 }] }),
      ],
    })
    expect(inserted(given, SHOP).env).toEqual([
      { name: 'PORT_HTTP_METRICS', value: '8080' },
      { name: 'PORT_MESH', value: '15020' },
    ])
  })

  test('nothing, if no port has a name', () => {
    expect(inserted(pod(optIn('shop'), { containers: [app({ ports: [] })] }), SHOP)).not.toHaveProperty('env')
  })
})

describe('what the sidecar fits in with', () => {
  test('names that are taken', () => {
    const given = pod(optIn('shop'), {
      containers: [app({ name: 'metricgate' })],
      initContainers: [app({ name: 'metricgate-2' })],
      volumes: [{ name: 'metricgate-config', emptyDir: {} }],
    })
    const sidecar = inserted(given, SHOP)
    expect(sidecar.name).toBe('metricgate-3')
    expect(sidecar.volumeMounts?.[0]?.name).toBe('metricgate-config-2')
  })

  test('users that other containers run as', () => {
    const given = pod(optIn('shop'), {
      securityContext: { runAsUser: 64650 },
      containers: [app({ securityContext: { runAsUser: 64651 } })],
    })
    expect(inserted(given, SHOP).securityContext).toMatchObject({ runAsUser: 64652, runAsGroup: 64652 })
  })

  test('a pod that says root, which the sidecar cannot be if it names no user', () => {
    const options: SidecarOptions = { ...OPTIONS, user: 'image' }
    const contextIn = (runAsUser: number) => {
      const given = pod(optIn('shop'), { securityContext: { runAsUser } })
      return inject(given, gates(SHOP), options).pod.spec?.initContainers?.[0]?.securityContext
    }
    expect(contextIn(0)).toMatchObject({ runAsUser: 64650 })
    expect(contextIn(1000)).not.toHaveProperty('runAsUser')
  })

  test('resources of the pod as a whole, which might not cover more', () => {
    const given = pod(optIn('shop'), { resources: { limits: { cpu: '1' } } })
    expect(inserted(given, SHOP)).not.toHaveProperty('resources')
  })

  test('a pod that leaves no port free: the sidecar is there, and cannot listen', () => {
    const ports = Array.from({ length: 65_535 }, (_, index) => ({ containerPort: index + 1 }))
    expect(
      inserted(pod(optIn('shop'), { containers: [app({ ports })] }), SHOP).ports?.[0]?.containerPort,
    ).toBe(9464)
  })
})

describe('a second pass', () => {
  const first = inject(pod({ ...optIn('shop'), 'prometheus.io/scrape': 'true' }), gates(SHOP), OPTIONS).pod

  function withContainer(added: V1Container): V1Pod {
    return { ...first, spec: { ...first.spec, containers: [...(first.spec?.containers ?? []), added] } }
  }

  test('changes nothing', () => {
    expect(inject(first, gates(SHOP), OPTIONS)).toEqual({
      outcome: 'unchanged',
      reason: 'AlreadyInjected',
      pod: first,
      warnings: [],
    })
  })

  test.each<[string, MetricGate[]]>([
    ['has changed', [gate('shop', { proxy: { image: 'other:2', nativeSidecar: 'Never' } })]],
    ['has gone', []],
  ])('changes nothing when the gate %s: the hash tells', (_title, of) => {
    expect(inject(first, gates(...of), OPTIONS).outcome).toBe('unchanged')
  })

  test('makes way for a container that has been added with the same port', () => {
    const result = inject(
      withContainer({ name: 'late', ports: [{ name: 'late', containerPort: 9464 }] }),
      gates(SHOP),
      OPTIONS,
    )
    expect(result).toMatchObject({ outcome: 'injected', reason: 'Refitted' })
    expect(result.pod.metadata?.annotations).toMatchObject({ 'prometheus.io/port': '9465' })
    expect(sidecarIn(result.pod)).toEqual({
      ...sidecarIn(first),
      args: ['/etc/metricgate/config.yaml', '--port', '9465', '--wait-for-config'],
      ports: [{ name: 'metricgate', containerPort: 9465, protocol: 'TCP' }],
      env: [
        { name: 'PORT_HTTP', value: '8080' },
        { name: 'PORT_LATE', value: '9464' },
      ],
    })
    expect(inject(result.pod, gates(SHOP), OPTIONS).outcome).toBe('unchanged')
  })

  test('keeps what others have changed in the sidecar', () => {
    const mirrored = structuredClone(first)
    Object.assign(mirrored.spec?.initContainers?.[0] ?? {}, { image: 'mirror.example.com/proxy:1', env: [] })
    const result = inject(mirrored, gates(SHOP), OPTIONS)
    expect(result.pod.spec?.initContainers?.[0]).toMatchObject({
      image: 'mirror.example.com/proxy:1',
      env: [{ name: 'PORT_HTTP', value: '8080' }],
    })
  })

  test('stays out when the pod has opted out since', () => {
    const optedOut = {
      ...first,
      metadata: { ...first.metadata, annotations: { ...first.metadata?.annotations, ...optIn('false') } },
    }
    expect(inject(optedOut, gates(SHOP), OPTIONS)).toMatchObject({
      outcome: 'skipped',
      reason: 'OptedOut',
      pod: optedOut,
    })
  })
})
