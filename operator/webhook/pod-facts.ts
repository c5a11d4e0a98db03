import type { V1Container, V1Pod, V1Probe } from '@kubernetes/client-node'
import { INJECTED_ANNOTATION, PORT_NAME } from '../api/labels.ts'
import type { PodFacts } from '../resources/sidecar.ts'

/** Of the object of a static pod; see `isStatic`. */
export const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'

/** What a sidecar has to fit in with in this pod; `own`, the sidecar itself, does not count. */
export function podFacts(pod: V1Pod, own?: V1Container): PodFacts {
  const containers = allContainers(pod).filter(container => container !== own)
  return {
    containerNames: new Set(containers.map(container => container.name)),
    volumeNames: new Set((pod.spec?.volumes ?? []).map(volume => volume.name)),
    ports: new Set(containers.flatMap(portsOf)),
    namedPorts: namedPorts(pod, own),
    users: new Set(
      [pod.spec?.securityContext, ...containers.map(container => container.securityContext)]
        .map(context => context?.runAsUser)
        .filter(user => typeof user === 'number'),
    ),
    runsAsRoot: pod.spec?.securityContext?.runAsUser === 0,
    sharesResources: Boolean(pod.spec?.resources),
  }
}

/** All containers, init containers first. */
export function allContainers(pod: V1Pod): readonly V1Container[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
}

/** The sidecar that an earlier pass over this pod, or over the one that it was copied from, has added. */
export function injectedSidecar(pod: V1Pod): V1Container | undefined {
  if (pod.metadata?.annotations?.[INJECTED_ANNOTATION] === undefined) return undefined
  return allContainers(pod).find(servesMetricGate)
}

/** Does the container name one of its ports as the sidecar does? The gate's Service leads to that port. */
export function servesMetricGate(container: V1Container): boolean {
  return container.ports?.some(port => port.name === PORT_NAME) === true
}

/** A pod that the kubelet reads from a file: its object in the API is a mirror, and changing that has no effect. */
export function isStatic(pod: V1Pod): boolean {
  return pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined
}

/** Does the pod say that it needs a Windows node? */
export function isWindows(pod: V1Pod): boolean {
  return pod.spec?.os?.name === 'windows' || pod.spec?.nodeSelector?.['kubernetes.io/os'] === 'windows'
}

/** Jobs and other pods that are done when their containers have ended; an ordinary container beside them never ends. */
export function runsToCompletion(pod: V1Pod): boolean {
  const restartPolicy = pod.spec?.restartPolicy
  return restartPolicy === 'Never' || restartPolicy === 'OnFailure'
}

/**
 * Ports by name, in the order in which Kubernetes looks for the target of a Service (`FindPort` of its `pkg/api/v1/pod`):
 * containers, then init containers that restart always.
 */
function namedPorts(pod: V1Pod, own: V1Container | undefined): Map<string, number> {
  const ports = new Map<string, number>()
  const native = (pod.spec?.initContainers ?? []).filter(container => container.restartPolicy === 'Always')
  for (const container of [...(pod.spec?.containers ?? []), ...native]) {
    if (container === own) continue
    for (const { name, containerPort } of container.ports ?? []) {
      if (name && !ports.has(name)) ports.set(name, containerPort)
    }
  }
  return ports
}

/** Numbers of the TCP ports that the container declares or has probed. */
function portsOf(container: V1Container): number[] {
  const declared = (container.ports ?? [])
    .filter(({ protocol }) => !protocol || protocol === 'TCP')
    .flatMap(({ containerPort, hostPort }) => (hostPort ? [containerPort, hostPort] : [containerPort]))
  const probed = [container.startupProbe, container.livenessProbe, container.readinessProbe].flatMap(
    probedPort,
  )
  return [...declared, ...probed]
}

function probedPort(probe: V1Probe | undefined): number[] {
  const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port ?? probe?.grpc?.port
  return typeof port === 'number' ? [port] : []
}
