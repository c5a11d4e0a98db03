import { expect } from '@jest/globals'
import type { AnyObject, ObjectRef } from '../controller/support/admin.ts'
import { condition, podObject, refs, type TestCluster } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Kubelet } from '../controller/support/kubelet.ts'
import { AGGREGATOR } from '../controller/support/modes.ts'
import { Workloads, workloadObject } from '../rollout/workloads.ts'

/** A gate that has an object of every kind, but for the PodMonitor. */
export const RICH = {
  mode: 'Subset',
  selector: { matchLabels: { app: 'web' } },
  subsets: [{ name: 'few', aggregate: true }],
  aggregator: { networkPolicy: { enabled: true } },
  proxy: { rollout: 'Auto' },
}
/** The same gate when it has become modest: objects of most kinds have to go. */
export const POOR = { mode: 'Sidecar', monitor: { kind: 'PodMonitor' }, proxy: { rollout: 'Auto' } }

/** What the operator's own objects are called. */
export interface OwnNames {
  readonly namespace: string
  readonly webhookConfiguration: string
  readonly certificateSecret: string
}

const KINDS = { web: 'Deployment', db: 'StatefulSet', agent: 'DaemonSet' }

/** Everything that can happen to an operator and a namespace, once. */
export class Story {
  readonly #cluster: TestCluster
  readonly #namespace: string
  readonly #workloads: Workloads
  readonly #kubelet: Kubelet

  constructor(cluster: TestCluster, namespace: string) {
    this.#cluster = cluster
    this.#namespace = namespace
    this.#workloads = new Workloads(cluster)
    this.#kubelet = new Kubelet(cluster.controlPlane.kubeConfig())
  }

  /** Before the operator starts: pods of each kind of workload come without a sidecar. */
  async prepare(): Promise<void> {
    for (const name of ['web', 'db'] as const) {
      await this.#workloads.run(workloadObject(this.#namespace, { kind: KINDS[name], name }))
    }
    await runDaemonSet(this.#cluster, this.#namespace)
  }

  /** While the operator runs, from the first gate to the last. */
  async tell(own: OwnNames): Promise<void> {
    await this.#gateIsServed()
    await this.#aggregatorHasNoToken()
    await this.#workloadsAreRestarted()
    await this.#podIsInjected()
    await this.#podIsScrapedDirectly()
    await this.#ownObjectsComeBack(own)
    await this.#gateChanges()
    await this.#gateIsDeleted()
  }

  async #gateIsServed(): Promise<void> {
    await this.#workloads.gate(this.#namespace, RICH.proxy, RICH)
    await this.#untilReady()
  }

  /** Its pods as the API server has admitted them: what is not there cannot be stolen. */
  async #aggregatorHasNoToken(): Promise<void> {
    const pods = await this.#kubelet.pods(this.#namespace, AGGREGATOR)
    const sources = pods
      .flatMap(({ spec }) => spec?.volumes ?? [])
      .flatMap(({ projected }) => projected?.sources ?? [])
    expect(pods).not.toEqual([])
    expect(sources.filter(({ serviceAccountToken }) => serviceAccountToken !== undefined)).toEqual([])
  }

  async #workloadsAreRestarted(): Promise<void> {
    await this.#workloads.untilAsPodsRun(this.#namespace, async () => {
      for (const [name, kind] of Object.entries(KINDS)) {
        expect(await this.#workloads.restartedFor(this.#namespace, name, kind)).toBeDefined()
      }
    })
  }

  async #podIsInjected(): Promise<void> {
    const { spec: asked, ...rest } = podObject(this.#namespace, 'injected', { 'metricgate.io/inject': 'web' })
    const containers = [{ ...asked.containers[0], ports: [{ name: 'metrics', containerPort: 8080 }] }]
    const { spec } = await this.#cluster.admin.apply({ ...rest, spec: { ...asked, containers } })
    expect(spec.initContainers).toHaveLength(1)
  }

  /** By the name of a port, whose number only the pod knows. */
  async #podIsScrapedDirectly(): Promise<void> {
    await this.#cluster.admin.apply(podMonitor(this.#namespace))
    await eventually(async () => {
      const gate = await this.#cluster.admin.expect(refs.gate(this.#namespace, 'web'))
      expect(condition(gate, 'DirectScrape')).toBe('True PodMonitor')
    })
  }

  /** The certificates are spoilt, and the webhook configuration is deleted. */
  async #ownObjectsComeBack({ namespace, webhookConfiguration, certificateSecret }: OwnNames): Promise<void> {
    const secret: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: certificateSecret }
    const configuration: ObjectRef = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      name: webhookConfiguration,
    }
    const before = await this.#cluster.admin.expect(secret)
    const certificate = 'c3BvaWx0'
    await this.#cluster.admin.merge(secret, { data: { 'tls.crt': certificate } })
    await this.#cluster.admin.delete(configuration)
    await eventually(async () => {
      const { data } = await this.#cluster.admin.expect(secret)
      expect([before.data['tls.crt'], certificate]).not.toContain(data['tls.crt'])
      await this.#cluster.admin.expect(configuration)
    }, 60_000)
  }

  /** Objects of every kind have to go: first those of an aggregator and the ServiceMonitor, then the PodMonitor. */
  async #gateChanges(): Promise<void> {
    const { admin } = this.#cluster
    for (const [spec, gone] of [
      [POOR, refs.serviceMonitor],
      [{ ...POOR, monitor: {} }, refs.podMonitor],
    ] as const) {
      await this.#workloads.gate(this.#namespace, spec.proxy, { ...spec, selector: RICH.selector })
      await this.#untilReady()
      await eventually(async () => expect(await admin.get(gone(this.#namespace, 'web'))).toBeUndefined())
    }
  }

  /** In the foreground: its objects hold it up. */
  async #gateIsDeleted(): Promise<void> {
    const gate = refs.gate(this.#namespace, 'web')
    await this.#cluster.admin.delete(gate, 'Foreground')
    await eventually(async () => expect(await this.#cluster.admin.get(gate)).toBeUndefined(), 60_000)
  }

  async #untilReady(): Promise<void> {
    await eventually(async () => {
      await this.#kubelet.run(this.#namespace, AGGREGATOR)
      const gate = await this.#cluster.admin.expect(refs.gate(this.#namespace, 'web'))
      expect(condition(gate, 'Ready')).toBe('True Reconciled')
      expect(gate.status.observedGeneration).toBe(gate.metadata?.generation)
    }, 60_000)
  }
}

/** A PodMonitor of somebody else, that scrapes the pods of gate "web" at a port that it names; the gate numbers it. */
export function podMonitor(namespace: string): AnyObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: 'theirs', namespace },
    spec: { selector: {}, podMetricsEndpoints: [{ port: 'metrics' }] },
  }
}

/** A DaemonSet whose pods opt in, and its pod on the one node, which runs. */
export async function runDaemonSet({ admin, controlPlane }: TestCluster, namespace: string): Promise<void> {
  await admin.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' } })
  const { spec, ...rest } = workloadObject(namespace, { kind: 'DaemonSet', name: 'agent' })
  const { replicas: _, ...others } = spec
  await admin.apply({ ...rest, spec: others })
  const kubelet = new Kubelet(controlPlane.kubeConfig())
  const ref: ObjectRef = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace, name: 'agent' }
  await eventually(async () => {
    await kubelet.run(namespace, 'workload=agent')
    const { status } = await admin.expect(ref)
    expect(status.numberAvailable).toBe(1)
  })
}
