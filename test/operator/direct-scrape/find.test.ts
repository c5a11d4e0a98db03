import { describe, expect, test } from '@jest/globals'
import type { WatchedPod } from '../../../operator/controller/watched.ts'
import { type FoundScrapers, findScrapers, type NamedService } from '../../../operator/direct-scrape/find.ts'
import type { MonitorFacts } from '../../../operator/direct-scrape/monitor.ts'
import { validGate } from '../controller/support/watched.ts'
import { pod, podMonitor, service, serviceMonitor } from './objects.ts'

const SCRAPED = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' }

interface Around {
  spec?: Record<string, unknown>
  pods?: readonly WatchedPod[]
  services?: readonly NamedService[]
  monitors?: readonly MonitorFacts[]
  /** Of all pods. */
  ports?: Record<string, number>
}

/** What is found around a gate that reads port 8080 of its pods. */
function find({ spec = {}, pods = [pod()], services = [], monitors = [], ports }: Around): FoundScrapers {
  const gate = validGate({ targets: [{ port: 8080 }], ...spec })
  return findScrapers(gate, { pods, services, monitors }, () => ports && new Map(Object.entries(ports)))
}

/** In short: "ServiceMonitor monitoring/scraper: port http". */
function direct(around: Around): string[] {
  return find(around).direct.map(({ name, port }) => `${name}: ${port}`)
}

describe('a ServiceMonitor scrapes past the gate', () => {
  const services = [service()]

  test.each<{ of: string; endpoint: object; spec?: object; found: boolean }>([
    { of: 'a port of the Service that leads to the target', endpoint: { port: 'http' }, found: true },
    { of: 'a port that the Service does not have', endpoint: { port: 'other' }, found: false },
    { of: 'the container port itself', endpoint: { targetPort: 8080 }, found: true },
    { of: 'another container port', endpoint: { targetPort: 8081 }, found: false },
    { of: 'the port before the target port', endpoint: { port: 'http', targetPort: 8081 }, found: true },
    { of: 'every port', endpoint: {}, found: true },
    { of: 'a number of 0, which is every port', endpoint: { targetPort: 0 }, found: true },
    { of: 'the path of the target', endpoint: { port: 'http', path: '/metrics' }, found: true },
    { of: 'no path', endpoint: { port: 'http', path: '' }, found: true },
    { of: 'another path', endpoint: { port: 'http', path: '/probe' }, found: false },
    { of: 'parameters', endpoint: { port: 'http', params: { 'collect[]': ['a'] } }, found: true },
    { of: 'HTTPS', endpoint: { port: 'http', scheme: 'https' }, found: true },
    { of: 'relabelings', endpoint: { port: 'http', relabelings: [{ action: 'drop' }] }, found: true },
    { of: 'the sidecar', endpoint: { targetPort: 'metricgate' }, found: false },
    {
      of: 'Services by an expression',
      endpoint: { port: 'http' },
      spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } },
      found: true,
    },
    { of: 'all Services', endpoint: { port: 'http' }, spec: { selector: {} }, found: true },
    {
      of: 'other Services',
      endpoint: { port: 'http' },
      spec: { selector: { matchLabels: { app: 'db' } } },
      found: false,
    },
    {
      of: 'Services by an operator that does not exist',
      endpoint: { port: 'http' },
      spec: { selector: { matchExpressions: [{ key: 'app', operator: 'Is', values: ['web'] }] } },
      found: false,
    },
  ])('that asks for $of: $found', ({ endpoint, spec, found }) => {
    const monitors = [serviceMonitor(endpoint, spec)]
    // The container port of the sidecar is in the pod as well.
    expect(direct({ services, monitors, ports: { metricgate: 9464 } })).toHaveLength(found ? 1 : 0)
  })

  test.each<{ of: string; services: readonly NamedService[]; found: boolean }>([
    { of: 'no Service', services: [], found: false },
    { of: 'a Service of other pods', services: [service({ selector: { app: 'db' } })], found: false },
    {
      of: 'a Service that asks for more labels',
      services: [service({ selector: { app: 'web', tier: 'x' } })],
      found: false,
    },
    { of: 'a Service without a selector', services: [service({ selector: null })], found: false },
    { of: 'an ExternalName', services: [service({ type: 'ExternalName' })], found: false },
    { of: 'a Service without ports', services: [service({ ports: [] })], found: false },
    {
      of: 'a port that leads to itself',
      services: [service({ ports: [{ name: 'http', port: 8080 }] })],
      found: true,
    },
    {
      of: 'a port that leads elsewhere',
      services: [service({ ports: [{ name: 'http', port: 8080, targetPort: 81 }] })],
      found: false,
    },
  ])('if there is $of: $found', ({ services, found }) => {
    expect(direct({ services, monitors: [serviceMonitor({ port: 'http' })] })).toHaveLength(found ? 1 : 0)
  })

  test('if there are pods', () => {
    expect(direct({ services, monitors: [serviceMonitor({ port: 'http' })], pods: [] })).toEqual([])
  })

  test('and is named once, whatever the number of Services, endpoints and pods', () => {
    const endpoints = [{ port: 'http' }, { port: 'http' }]
    const pods = [pod({ name: 'a' }), pod({ name: 'b' })]
    const monitors = [serviceMonitor({}, { endpoints })]
    expect(direct({ services: [service(), service({ name: 'web-2' })], monitors, pods })).toEqual([
      'ServiceMonitor monitoring/scraper: port http',
    ])
  })
})

describe('a PodMonitor scrapes past the gate', () => {
  test.each<{ of: string; endpoint: object; spec?: object; found: boolean }>([
    { of: 'the number', endpoint: { portNumber: 8080 }, found: true },
    { of: 'another number', endpoint: { portNumber: 8081 }, found: false },
    { of: 'the target port', endpoint: { targetPort: 8080 }, found: true },
    {
      of: 'the number before the target port',
      endpoint: { portNumber: 8081, targetPort: 8080 },
      found: false,
    },
    { of: 'the name before the number', endpoint: { port: 'metricgate', portNumber: 8080 }, found: false },
    { of: 'every port', endpoint: {}, found: true },
    { of: 'another path', endpoint: { portNumber: 8080, path: '/other' }, found: false },
    { of: 'other pods', endpoint: {}, spec: { selector: { matchLabels: { app: 'db' } } }, found: false },
    {
      of: 'pods without a label',
      endpoint: {},
      spec: { selector: { matchExpressions: [{ key: 'canary', operator: 'DoesNotExist' }] } },
      found: true,
    },
  ])('that asks for $of: $found', ({ endpoint, spec, found }) => {
    const monitors = [podMonitor(endpoint, spec)]
    expect(direct({ monitors, ports: { metricgate: 9464 } })).toHaveLength(found ? 1 : 0)
  })
})

describe('targets', () => {
  const monitors = [podMonitor({ portNumber: 9000, path: '/probe', params: { module: ['icmp'] } })]

  test.each([
    { of: 'one of several', targets: [{ port: 8080 }, { port: 9000, path: '/probe' }], found: true },
    {
      of: 'port and path of different ones',
      targets: [{ port: 8080, path: '/probe' }, { port: 9000 }],
      found: false,
    },
    { of: 'the query as well', targets: [{ port: 9000, path: '/probe?module=icmp' }], found: true },
    { of: 'another query', targets: [{ port: 9000, path: '/probe?module=http' }], found: false },
    {
      of: 'a query that it does not send',
      targets: [{ port: 9000, path: '/probe?constructor=1' }],
      found: false,
    },
  ])('are reached by a scraper that asks for $of: $found', ({ targets, found }) => {
    expect(direct({ spec: { targets }, monitors })).toHaveLength(found ? 1 : 0)
  })
})

describe('a port by name here and by number there', () => {
  const named = { targets: [{ port: 'metrics' }] }

  test.each<{ of: string; around: Around }>([
    { of: 'a number in a PodMonitor', around: { spec: named, monitors: [podMonitor({ portNumber: 8080 })] } },
    { of: 'a name in a PodMonitor', around: { monitors: [podMonitor({ port: 'metrics' })] } },
    {
      of: 'a number in a Service',
      around: { spec: named, services: [service()], monitors: [serviceMonitor({ port: 'http' })] },
    },
    {
      of: 'a name in a Service',
      around: {
        services: [service({ ports: [{ name: 'http', port: 80, targetPort: 'metrics' }] })],
        monitors: [serviceMonitor({ port: 'http' })],
      },
    },
    {
      of: 'a number in an annotation',
      around: { spec: named, pods: [pod({ injected: false, annotations: SCRAPED })] },
    },
  ])('$of: the ports of the pod decide', ({ around }) => {
    const unread = find(around)
    expect([unread.direct.length, unread.undecided.length, unread.unknownPods.length]).toEqual([0, 1, 1])
    expect(direct({ ...around, ports: { metrics: 8080 } })).toHaveLength(1)
    const others = find({ ...around, ports: { metrics: 8081, http: 8080 } })
    expect([others.direct, others.undecided, others.unknownPods]).toEqual([[], [], []])
    expect(direct({ ...around, ports: {} })).toEqual([])
  })

  test('two names are two ports', () => {
    const monitors = [podMonitor({ port: 'http' })]
    expect(find({ spec: named, monitors }).undecided).toEqual([])
  })
})

describe('annotations', () => {
  test.each<{ of: string; annotations: Record<string, string>; found: boolean }>([
    { of: 'with the port of the target', annotations: SCRAPED, found: true },
    { of: 'with another port', annotations: { ...SCRAPED, 'prometheus.io/port': '8081' }, found: false },
    { of: 'without a port', annotations: { 'prometheus.io/scrape': 'true' }, found: true },
    {
      of: 'with a port by name, which no job reads',
      annotations: { ...SCRAPED, 'prometheus.io/port': 'x' },
      found: true,
    },
    { of: 'with another path', annotations: { ...SCRAPED, 'prometheus.io/path': '/other' }, found: false },
    { of: 'that say no', annotations: { ...SCRAPED, 'prometheus.io/scrape': 'false' }, found: false },
    { of: 'that say nothing', annotations: { 'prometheus.io/port': '8080' }, found: false },
  ])('$of, of a pod without sidecar and of a Service: $found', ({ annotations, found }) => {
    expect(direct({ pods: [pod({ injected: false, annotations })] })).toHaveLength(found ? 1 : 0)
    expect(direct({ services: [service({ annotations })] })).toHaveLength(found ? 1 : 0)
  })

  test('name what carries them: the workload, not each of its pods', () => {
    const pods = ['a', 'b'].map(name => pod({ name, injected: false, annotations: SCRAPED }))
    const bare = pod({ name: 'c', injected: false, annotations: SCRAPED, owner: '' })
    expect(direct({ pods: [...pods, bare], services: [service({ annotations: SCRAPED })] })).toEqual([
      'Service web: port 8080',
      'pod c: port 8080',
      'pods of ReplicaSet web-5d4: port 8080',
    ])
  })

  test('of a Service of other pods do not matter', () => {
    expect(direct({ services: [service({ annotations: SCRAPED, selector: { app: 'db' } })] })).toEqual([])
  })

  test('of a pod that lead to its sidecar are no way past the gate', () => {
    const pods = [pod({ annotations: { ...SCRAPED, 'prometheus.io/port': '9464' } })]
    const found = find({ spec: { targets: [{ port: 'metrics' }] }, pods })
    expect([found.direct, found.undecided, found.unknownPods]).toEqual([[], [], []])
    expect(found.throughGate.map(({ name }) => name)).toEqual(['pods of ReplicaSet web-5d4'])
  })

  test('of a pod with a sidecar that lead to the application again are one', () => {
    expect(direct({ pods: [pod({ annotations: SCRAPED })] })).toHaveLength(1)
  })

  test('come after the monitors', () => {
    const monitors = [podMonitor({ portNumber: 8080 })]
    expect(direct({ pods: [pod({ annotations: SCRAPED })], monitors })[0]).toMatch(/^PodMonitor /)
  })
})
