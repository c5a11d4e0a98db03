import { CoreV1Api, type KubeConfig, setHeaderOptions, type V1Pod } from '@kubernetes/client-node'

/** client-node would send a JSON patch. */
const MERGE = setHeaderOptions('Content-Type', 'application/merge-patch+json')

/** Stands in for the kubelets, which the control plane does not have: it says of pods that they run. */
export class Kubelet {
  readonly #core: CoreV1Api
  #addresses = 0

  constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api)
  }

  /** The pods that labels choose. */
  async pods(namespace: string, labelSelector: string): Promise<V1Pod[]> {
    const { items } = await this.#core.listNamespacedPod({ namespace, labelSelector })
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
  }

  /** Makes the pods that labels choose run, ready or not, if they do not do so yet. */
  async run(namespace: string, labelSelector: string, ready = true): Promise<void> {
    const status = ready ? 'True' : 'False'
    for (const pod of await this.pods(namespace, labelSelector)) {
      if (
        pod.status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === status)
      )
        continue
      this.#addresses += 1
      const podIP = pod.status?.podIP ?? `10.1.${this.#addresses >> 8}.${this.#addresses & 255}`
      const conditions = [{ type: 'Ready', status, lastTransitionTime: new Date().toISOString() }]
      await this.#core.patchNamespacedPodStatus(
        {
          namespace,
          name: pod.metadata?.name ?? '',
          body: { status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions } },
        },
        MERGE,
      )
    }
  }
}
