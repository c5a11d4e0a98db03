import { expect } from '@jest/globals'
import { RENDERED_KINDS } from '../../../../operator/resources/render.ts'
import type { AnyObject } from './admin.ts'
import { condition, gateObject, refs, type TestCluster } from './cluster.ts'
import { eventually } from './eventually.ts'
import { Kubelet } from './kubelet.ts'

/** Selects the pods of the aggregator of gate "web". */
export const AGGREGATOR = 'metricgate.io/aggregator=web'
/** What a gate says in each mode, at least. */
export const SPECS = {
  Sidecar: { mode: 'Sidecar' },
  DNS: { mode: 'DNS', selector: { matchLabels: { app: 'web' } } },
  Subset: {
    mode: 'Subset',
    selector: { matchLabels: { app: 'web' } },
    subsets: [{ name: 'few', aggregate: true }],
  },
}

/** A cluster with gates called "web", one in each namespace, whose aggregators run. */
export class Gates {
  readonly #cluster: TestCluster
  readonly kubelet: Kubelet

  constructor(cluster: TestCluster) {
    this.#cluster = cluster
    this.kubelet = new Kubelet(cluster.controlPlane.kubeConfig())
  }

  /** The gate of the namespace. */
  async gate(namespace: string): Promise<AnyObject> {
    return await this.#cluster.admin.expect(refs.gate(namespace, 'web'))
  }

  /** Every object that belongs to it. */
  async objects(namespace: string): Promise<AnyObject[]> {
    const lists = await Promise.all(
      RENDERED_KINDS.map(async kind => {
        const found = await this.#cluster.admin.list({ ...kind, namespace }, 'metricgate.io/gate=web')
        // Items of a list do not say of which kind they are.
        return found.map(object => ({ ...object, kind: kind.kind }))
      }),
    )
    return lists.flat()
  }

  /** The same in short: "Service metricgate-web", sorted. */
  async names(namespace: string): Promise<string[]> {
    return (await this.objects(namespace)).map(({ kind, metadata }) => `${kind} ${metadata?.name}`).sort()
  }

  /** Waits until the gate is Ready as it is now; aggregators run as soon as they are there. */
  async becomesReady(namespace: string): Promise<void> {
    await eventually(async () => {
      await this.kubelet.run(namespace, AGGREGATOR)
      const gate = await this.gate(namespace)
      expect(condition(gate, 'Ready')).toBe('True Reconciled')
      expect(gate.status.observedGeneration).toBe(gate.metadata?.generation)
    }, 60_000)
  }

  /** A gate that is Ready, in a namespace of its own unless one is given. */
  async ready(spec: Record<string, unknown>, namespace?: string): Promise<string> {
    const inside = namespace ?? (await this.#cluster.namespace())
    await this.#cluster.admin.apply(gateObject(inside, 'web', spec))
    await this.becomesReady(inside)
    return inside
  }
}
