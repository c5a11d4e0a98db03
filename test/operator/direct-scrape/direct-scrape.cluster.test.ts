import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { installMonitorCrds, removeMonitorCrds } from '../../cluster/index.ts'
import type { AnyObject } from '../controller/support/admin.ts'
import {
  condition,
  gateObject,
  podObject,
  refs,
  TestCluster,
  type TestOperator,
} from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'

jest.setTimeout(120_000)

const MONITORING = 'monitoring'
const SCRAPED = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '8080' }

let cluster: TestCluster
let operator: TestOperator
let namespace: string

beforeAll(async () => {
  cluster = await TestCluster.start()
  await cluster.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: MONITORING } })
  operator = await cluster.operator()
}, 600_000)

beforeEach(async () => {
  namespace = await cluster.namespace()
})

afterAll(async () => {
  await operator?.stop()
  await cluster?.stop()
})

/** A gate "web" that reads port 8080, with a pod that has its sidecar. */
async function gateWithPod(annotations: Record<string, string> = {}): Promise<void> {
  await cluster.admin.apply(gateObject(namespace, 'web'))
  await shows('False NoneFound')
  const pod = podObject(namespace, 'web-0', { ...annotations, 'metricgate.io/inject': 'web' })
  const [container] = pod.spec.containers
  const labelled = {
    ...pod,
    metadata: { ...pod.metadata, labels: { app: 'web' } },
    spec: { containers: [{ ...container, ports: [{ name: 'metrics', containerPort: 8080 }] }] },
  }
  // The API server may not know of the webhook yet.
  await eventually(async () => {
    await cluster.admin.delete(refOf(pod))
    const { spec } = await cluster.admin.apply(labelled)
    expect(spec.initContainers).toHaveLength(1)
  })
  await eventually(async () => expect((await gate()).status.pods).toMatchObject({ injected: 1 }))
}

function gate(): Promise<AnyObject> {
  return cluster.admin.expect(refs.gate(namespace, 'web'))
}

/** Waits for the condition DirectScrape, "True ServiceMonitor", and returns its message. */
async function shows(state: string): Promise<string> {
  return await eventually(async () => {
    const found = await gate()
    expect(condition(found, 'DirectScrape')).toBe(state)
    return found.status.conditions.find(({ type }: { type: string }) => type === 'DirectScrape').message
  })
}

function service(annotations: Record<string, string> = {}): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace, labels: { app: 'web', in: namespace }, annotations },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  }
}

/** A ServiceMonitor of another namespace for the Service of this one. */
function serviceMonitor(): AnyObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: `of-${namespace}`, namespace: MONITORING },
    spec: {
      namespaceSelector: { any: true },
      selector: { matchLabels: { in: namespace } },
      endpoints: [{ port: 'http' }],
    },
  }
}

/** A PodMonitor of this namespace. */
function podMonitor(endpoint: object): AnyObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: 'pods', namespace },
    spec: { selector: { matchLabels: { app: 'web' } }, podMetricsEndpoints: [endpoint] },
  }
}

function refOf({ apiVersion = '', kind = '', metadata }: AnyObject) {
  return { apiVersion, kind, namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
}

/** Reasons of the Events about scrapes, in their order. */
async function told(): Promise<string[]> {
  const events = await cluster.admin.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace })
  return events
    .filter(({ action }) => action === 'LookForScrapes')
    .sort((one, other) => (one.eventTime < other.eventTime ? -1 : 1))
    .map(({ type, reason }) => `${type} ${reason}`)
}

describe('a ServiceMonitor of another namespace', () => {
  test('is named as long as it and its Service are there, and the gate is ready all the while', async () => {
    await gateWithPod()
    await cluster.admin.apply(service())
    await cluster.admin.apply(serviceMonitor())
    expect(await shows('True ServiceMonitor')).toContain(
      `ServiceMonitor monitoring/of-${namespace} (port http) scrape the gate's pods past the gate`,
    )
    expect(condition(await gate(), 'Ready')).toBe('True Reconciled')
    await cluster.admin.delete(refOf(service()))
    await shows('False NoneFound')
    await cluster.admin.apply(service())
    await shows('True ServiceMonitor')
    await cluster.admin.delete(refOf(serviceMonitor()))
    await shows('False NoneFound')
    await eventually(async () =>
      expect(await told()).toEqual([
        'Warning DirectScrape',
        'Normal NoDirectScrape',
        'Warning DirectScrape',
        'Normal NoDirectScrape',
      ]),
    )
  })

  test('that looks elsewhere is none of our business', async () => {
    await gateWithPod()
    await cluster.admin.apply(service())
    await cluster.admin.apply(serviceMonitor())
    await shows('True ServiceMonitor')
    const { spec, ...rest } = serviceMonitor()
    await cluster.admin.apply({ ...rest, spec: { ...spec, namespaceSelector: { matchNames: [MONITORING] } } })
    await shows('False NoneFound')
  })
})

test('a PodMonitor by the name of a port: the pod is read to learn its number', async () => {
  await gateWithPod()
  await cluster.admin.apply(podMonitor({ port: 'metrics' }))
  expect(await shows('True PodMonitor')).toContain(`PodMonitor ${namespace}/pods (port metrics)`)
  await cluster.admin.apply(podMonitor({ port: 'metricgate' }))
  await shows('False NoneFound')
})

describe('annotations', () => {
  test('of a Service', async () => {
    await gateWithPod()
    await cluster.admin.apply(service(SCRAPED))
    expect(await shows('True Annotation')).toContain('prometheus.io/scrape of Service web (port 8080)')
    await cluster.admin.apply(podMonitor({ portNumber: 8080 }))
    await shows('True Several')
    await cluster.admin.apply(service())
    await shows('True PodMonitor')
  })

  test('of a pod lead to its sidecar: the gate has a monitor, so that is once too often', async () => {
    await gateWithPod(SCRAPED)
    expect(await shows('False ScrapedTwice')).toContain('pod web-0 (port 9464)')
    await cluster.admin.apply(gateObject(namespace, 'web', { monitor: { enabled: false } }))
    await shows('False NoneFound')
    await eventually(async () => expect(await told()).toEqual(['Normal ScrapedTwice']))
  })

  test('of pods whose metrics an aggregator reads', async () => {
    const spec = { mode: 'DNS', selector: { matchLabels: { app: 'web' } } }
    await cluster.admin.apply(gateObject(namespace, 'web', spec))
    const pod = podObject(namespace, 'web-0', SCRAPED)
    await cluster.admin.apply({ ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } })
    expect(await shows('True Annotation')).toContain('prometheus.io/scrape of pod web-0 (port 8080)')
    await cluster.admin.delete(refOf(pod))
    await shows('False NoneFound')
  })
})

test('a second look writes nothing', async () => {
  await gateWithPod(SCRAPED)
  await cluster.admin.apply(service(SCRAPED))
  await cluster.admin.apply(serviceMonitor())
  await shows('True Several')
  const requests = (method: string) => operator.metric('metricgate_operator_api_requests_total', { method })
  const writes = async () => (await requests('PATCH')) + (await requests('POST'))
  const runs = () => operator.metric('metricgate_operator_reconciles_total')
  let port = 1
  /** Has the gate look again, for a ServiceMonitor that changes without any effect. */
  const again = async () => {
    const before = await runs()
    const { spec, ...rest } = serviceMonitor()
    port += 1
    await cluster.admin.apply({
      ...rest,
      spec: { ...spec, endpoints: [...spec.endpoints, { targetPort: port }] },
    })
    await eventually(async () => expect(await runs()).toBeGreaterThan(before))
  }
  // Writes of what came before may still be under way.
  await eventually(async () => {
    const before = await writes()
    await again()
    expect(await writes()).toBe(before)
  })
})

test('without the CRDs of the Prometheus operator only annotations count; monitors do when the kinds are back', async () => {
  await gateWithPod()
  await cluster.admin.apply(service(SCRAPED))
  await cluster.admin.apply(serviceMonitor())
  await shows('True Several')
  const kubeConfig = cluster.controlPlane.kubeConfig()
  await removeMonitorCrds(kubeConfig)
  await shows('True Annotation')
  await installMonitorCrds(kubeConfig)
  await cluster.admin.apply(serviceMonitor())
  await shows('True Several')
})
