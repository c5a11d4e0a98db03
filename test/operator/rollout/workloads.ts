import { expect } from '@jest/globals'
import type { AnyObject, ObjectRef } from '../controller/support/admin.ts'
import { gateObject, podObject, refs, type TestCluster } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Kubelet } from '../controller/support/kubelet.ts'

const APPS = 'apps/v1'
const APP = 'app=web'

/** A workload of two pods that opt in to gate "web". */
export function workloadObject(
  namespace: string,
  {
    kind = 'Deployment',
    name = 'web',
    ...spec
  }: { kind?: string; name?: string; [field: string]: unknown } = {},
): AnyObject {
  const labels = { app: 'web', workload: name }
  const annotations = { 'metricgate.io/inject': 'web' }
  const containers = [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }]
  return {
    apiVersion: APPS,
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      ...(kind === 'StatefulSet' && { serviceName: name, podManagementPolicy: 'Parallel' }),
      template: { metadata: { labels, annotations }, spec: { containers } },
      ...spec,
    },
  }
}

/** Gates called "web", the workloads whose pods they are about, and what became of these. */
export class Workloads {
  readonly #cluster: TestCluster
  readonly #kubelet: Kubelet

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
    this.#kubelet = new Kubelet(cluster.controlPlane.kubeConfig())
  }

  /** Makes the workload, and waits until its two pods run. */
  async run(workload: AnyObject): Promise<void> {
    const { namespace = '', name = '' } = workload.metadata ?? {}
    await this.#cluster.admin.apply(workload)
    await eventually(async () => {
      expect(await this.pods(namespace, name)).toHaveLength(2)
      await this.makeRun(namespace)
      const { status } = await this.workload(namespace, name, workload.kind)
      expect(status.availableReplicas).toBe(2)
    })
  }

  /** Applies the gate, with rollout Auto unless `proxy` says otherwise. */
  async gate(namespace: string, proxy: Record<string, unknown> = {}, spec: object = {}): Promise<void> {
    const gate = gateObject(namespace, 'web', { ...spec, proxy: { rollout: 'Auto', ...proxy } })
    await this.#cluster.admin.apply(gate)
  }

  /**
   * Waits until a pod would get the sidecar of the namespace's gate: the API server learns a moment late that this operator's webhook is
   * at another URL than that of the operator before.
   */
  async untilInjected(namespace: string): Promise<void> {
    const pod = podObject(namespace, 'probe', { 'metricgate.io/inject': 'web' })
    await eventually(async () => {
      const { metadata } = await this.#cluster.admin.dryRun(pod)
      expect(metadata?.labels).toMatchObject({ 'metricgate.io/gate': 'web' })
    })
  }

  async status(namespace: string): Promise<AnyObject['status']> {
    return (await this.#cluster.admin.expect(refs.gate(namespace, 'web'))).status
  }

  async workload(namespace: string, name = 'web', kind = 'Deployment'): Promise<AnyObject> {
    const ref: ObjectRef = { apiVersion: APPS, kind, namespace, name }
    return await this.#cluster.admin.expect(ref)
  }

  /** What the workload was restarted for; undefined: it was not. */
  async restartedFor(namespace: string, name = 'web', kind = 'Deployment'): Promise<string | undefined> {
    const { spec } = await this.workload(namespace, name, kind)
    return spec.template.metadata.annotations['metricgate.io/restarted-for']
  }

  /** Images of the sidecars of the workload's pods: "none" for one without. */
  async pods(namespace: string, name = 'web'): Promise<string[]> {
    const pods = await this.#kubelet.pods(namespace, `workload=${name}`)
    return pods.map(({ spec }) => spec?.initContainers?.[0]?.image ?? 'none')
  }

  /** Lets the pods of all workloads run. */
  async makeRun(namespace: string, selector = APP): Promise<void> {
    await this.#kubelet.run(namespace, selector)
  }

  /** Waits for a check to pass while pods run as they are made. */
  async untilAsPodsRun(namespace: string, check: () => Promise<void>): Promise<void> {
    await eventually(async () => {
      await this.makeRun(namespace)
      await check()
    }, 60_000)
  }

  /** Events about the gate: "PodsMissedInjection 1 of 2 pods have no sidecar", of these reasons. */
  async events(namespace: string, ...reasons: string[]): Promise<string[]> {
    const events = await this.#cluster.admin.list({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      namespace,
    })
    return events
      .filter(({ regarding, reason }) => regarding?.kind === 'MetricGate' && reasons.includes(reason))
      .map(({ reason, note }) => `${reason} ${note}`)
      .sort()
  }
}
