import path from 'node:path'
import {
  type KubernetesObject,
  KubernetesObjectApi,
  type V1Container,
  type V1Pod,
} from '@kubernetes/client-node'
import { DEFAULT_PROXY_PORT, PORT_NAME } from '../../operator/api/labels.ts'
import type { MetricGateStatus } from '../../operator/api/metricgate.ts'
import { eventually } from '../../test/cluster/index.ts'
import { freePort, isFree } from '../../test/cluster/process/free-port.ts'
import type { DemoCluster } from './cluster.ts'
import { keyOf, type Manifests, readManifests } from './manifests.ts'

/**
 * Applies `examples/kube-apiserver`: what the pod needs, the gate, and the pod once the gate is ready.
 *
 * @returns the pod as it came back from the API server
 */
export async function applyWorkload(cluster: DemoCluster, manifests: Manifests): Promise<V1Pod> {
  const directory = path.join(import.meta.dirname, '..', 'kube-apiserver')
  for (const object of await readManifests(path.join(directory, 'rbac.yaml'))) await manifests.apply(object)
  const [gate] = await readManifests(path.join(directory, 'gate.yaml'))
  const [pod] = await readManifests(path.join(directory, 'pod.yaml'))
  if (gate === undefined || pod === undefined) throw new Error(`${directory} holds no gate or no pod`)
  await manifests.apply(await onFreePort(gate))
  const api = KubernetesObjectApi.makeApiClient(cluster.kubeConfig)
  await eventually('the gate to be Ready', async () => {
    const { status } = await api.read<typeof gate & { status?: MetricGateStatus }>(keyOf(gate))
    return status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True')
  })
  return await manifests.apply(atPort(pod as V1Pod, cluster.apiServerPort))
}

/** The container that admission has added. Throws when there is none. */
export function sidecarOf(pod: V1Pod, advertise: string): V1Container {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  const sidecar = containers.find(({ ports }) => ports?.some(({ name }) => name === PORT_NAME))
  if (sidecar !== undefined) return sidecar
  throw new Error(
    `the pod came back without a sidecar: the API server does not reach this machine at ${advertise} (see --advertise)`,
  )
}

/** On this machine, unlike in a pod, anybody may have taken the port on which a sidecar listens. */
async function onFreePort(gate: KubernetesObject & { spec?: object }): Promise<KubernetesObject> {
  if (await isFree(DEFAULT_PROXY_PORT)) return gate
  return { ...gate, spec: { ...gate.spec, proxy: { port: await freePort() } } } as KubernetesObject
}

/** The API server of this cluster listens elsewhere than the example says, and no node is to run this pod. */
function atPort(pod: V1Pod, containerPort: number): V1Pod {
  const [container] = pod.spec?.containers ?? []
  if (pod.spec === undefined || container === undefined) throw new Error('the example pod has no container')
  const ports = (container.ports ?? []).map(port => ({ ...port, containerPort }))
  const schedulingGates = [{ name: 'metricgate.io/example' }]
  return { ...pod, spec: { ...pod.spec, schedulingGates, containers: [{ ...container, ports }] } }
}
