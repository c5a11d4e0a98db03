import { isDeepStrictEqual } from 'node:util'
import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node'
import {
  distinctPorts,
  GATE_LABEL,
  INJECT_ANNOTATION,
  INJECTED_ANNOTATION,
  NOT_INJECTED_ANNOTATION,
  PORT_NAME,
} from '../api/labels.ts'
import {
  injectedHash,
  type PodFacts,
  preferredPort,
  refitSidecar,
  type Sidecar,
  type SidecarGate,
  type SidecarOptions,
  sidecarOf,
  sidecarPort,
} from '../resources/sidecar.ts'
import { chooseGate, type NamespaceGates } from './choose-gate.ts'
import type { InjectedReason, ObstacleReason, Reason, SkippedReason } from './outcome.ts'
import {
  allContainers,
  injectedSidecar,
  isStatic,
  isWindows,
  podFacts,
  runsToCompletion,
  servesMetricGate,
} from './pod-facts.ts'
import { leadScrapesTo, lostEndpoint } from './scrape-annotations.ts'

/** What became of a pod and why. */
export interface Injection {
  readonly outcome: 'injected' | 'skipped' | 'unchanged'
  readonly reason: Reason
  /** With its sidecar, or with the annotation that says what keeps it away; the given object itself where nothing changes. */
  readonly pod: V1Pod
  /** Sentences for the user who creates the pod. */
  readonly warnings: readonly string[]
}

/**
 * The pod with the sidecar of the gate that it names or that selects it. Pure, and idempotent: a pod that has its sidecar
 * is changed only where containers which others have added since are in its way.
 *
 * A native sidecar becomes the last init container: the application's own init containers run without it (there is nothing
 * to scrape yet), need not wait for it, and do not add its resources to theirs.
 */
export function inject(pod: V1Pod, gates: NamespaceGates, options: SidecarOptions): Injection {
  if (pod.metadata?.annotations?.[INJECT_ANNOTATION] === 'false') return skipped(pod, 'OptedOut')
  if (isStatic(pod)) return skipped(pod, 'StaticPod')
  const earlier = injectedSidecar(pod)
  if (earlier !== undefined) return refit(pod, earlier, gates)
  const choice = chooseGate(pod, gates)
  if (choice.gate === undefined) return skipped(pod, choice.reason, choice.warning)
  const obstacle = findObstacle(pod, choice.gate, options)
  if (obstacle !== undefined) {
    return skipped(markNotInjected(pod, obstacle.reason), obstacle.reason, `no sidecar: ${obstacle.warning}`)
  }
  const facts = podFacts(pod)
  const warnings = [choice.warning, ...portWarnings(pod, choice.gate, facts)].filter(
    warning => warning !== undefined,
  )
  const sidecar = sidecarOf(choice.gate, facts, options)
  const hash = injectedHash(choice.gate, options)
  return injected(addSidecar(pod, sidecar, choice.gate, hash), choice.reason, warnings)
}

interface Obstacle {
  readonly reason: ObstacleReason
  readonly warning: string
}

/** Why this pod cannot have the gate's sidecar. */
function findObstacle(pod: V1Pod, gate: SidecarGate, options: SidecarOptions): Obstacle | undefined {
  if (isWindows(pod)) {
    return { reason: 'WindowsPod', warning: 'the pod runs on Windows, the proxy on Linux' }
  }
  const image = repository(gate.spec?.proxy.image ?? options.proxyImage)
  const own = allContainers(pod).find(
    container => servesMetricGate(container) || repository(container.image ?? '') === image,
  )
  if (own !== undefined) {
    const what = servesMetricGate(own) ? `has a port named "${PORT_NAME}"` : `runs the image ${image}`
    return { reason: 'HandWritten', warning: `container "${own.name}" ${what} already` }
  }
  if (pod.spec?.hostNetwork === true) return findHostNetworkObstacle(pod, gate)
  if (gate.spec?.proxy.nativeSidecar === 'Never' && runsToCompletion(pod)) {
    const warning = `the pod runs to completion, which the ordinary container of proxy.nativeSidecar: Never would prevent`
    return { reason: 'RunsToCompletion', warning }
  }
  return undefined
}

/** A port of the node is nothing to guess: another pod of it may have it. */
function findHostNetworkObstacle(pod: V1Pod, gate: SidecarGate): Obstacle | undefined {
  const port = gate.spec?.proxy.port
  if (port === undefined) {
    const warning =
      'the pod uses the network of its node: give the MetricGate a port that is free there (proxy.port)'
    return { reason: 'HostNetwork', warning }
  }
  if (!podFacts(pod).ports.has(port)) return undefined
  return {
    reason: 'HostNetwork',
    warning: `proxy.port ${port} is a port of the pod, which uses the network of its node`,
  }
}

function portWarnings(pod: V1Pod, gate: SidecarGate, facts: PodFacts): (string | undefined)[] {
  const name = gate.metadata.name
  const undeclared = distinctPorts(gate.spec?.targets ?? []).filter(port =>
    typeof port === 'number' ? !facts.ports.has(port) : !facts.namedPorts.has(port),
  )
  const asked = gate.spec?.proxy.port
  const port = sidecarPort(gate, facts)
  return [
    ...undeclared.map(
      read =>
        `MetricGate "${name}" reads port ${JSON.stringify(read)}, which no container of the pod declares`,
    ),
    asked === undefined || asked === port
      ? undefined
      : `port ${asked} of MetricGate "${name}" is taken in this pod: its sidecar listens on ${port}`,
    lostEndpoint(gate, pod.metadata?.annotations ?? {}, facts.namedPorts),
  ]
}

/** The operator sees the metadata of pods only: without this mark it would take the pod for one that the webhook has missed. */
function markNotInjected(pod: V1Pod, reason: ObstacleReason): V1Pod {
  const annotations = pod.metadata?.annotations
  if (annotations?.[NOT_INJECTED_ANNOTATION] === reason) return pod
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...annotations, [NOT_INJECTED_ANNOTATION]: reason } },
  }
}

function addSidecar(pod: V1Pod, sidecar: Sidecar, gate: SidecarGate, hash: string): V1Pod {
  const spec: V1PodSpec = pod.spec ?? { containers: [] }
  const { container, volumes, port, native } = sidecar
  // The obstacle of an earlier pass has gone.
  const { [NOT_INJECTED_ANNOTATION]: _, ...annotations } = pod.metadata?.annotations ?? {}
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata?.labels, [GATE_LABEL]: gate.metadata.name },
      annotations: {
        ...leadScrapesTo(port, annotations),
        [INJECTED_ANNOTATION]: hash,
      },
    },
    spec: {
      ...spec,
      ...(native
        ? { initContainers: [...(spec.initContainers ?? []), container] }
        : { containers: [...spec.containers, container] }),
      volumes: [...(spec.volumes ?? []), ...volumes],
    },
  }
}

/** The API server calls again when other webhooks have changed the pod (`reinvocationPolicy: IfNeeded`). */
function refit(pod: V1Pod, earlier: V1Container, { gates }: NamespaceGates): Injection {
  const name = pod.metadata?.labels?.[GATE_LABEL] ?? ''
  const gate: SidecarGate = gates?.find(({ metadata }) => metadata.name === name) ?? { metadata: { name } }
  const facts = podFacts(pod, earlier)
  const current = earlier.ports?.find(port => port.name === PORT_NAME)?.containerPort ?? preferredPort(gate)
  const port = pod.spec?.hostNetwork === true ? current : sidecarPort(gate, facts, current)
  const container = refitSidecar(earlier, port, facts)
  const replace = (containers: readonly V1Container[]): V1Container[] =>
    containers.map(other => (other === earlier ? container : other))
  const spec: V1PodSpec = pod.spec ?? { containers: [] }
  const refitted: V1Pod = {
    ...pod,
    metadata: { ...pod.metadata, annotations: leadScrapesTo(port, pod.metadata?.annotations ?? {}) },
    spec: {
      ...spec,
      ...(spec.initContainers && { initContainers: replace(spec.initContainers) }),
      containers: replace(spec.containers),
    },
  }
  if (!isDeepStrictEqual(refitted, pod)) return injected(refitted, 'Refitted', [])
  return { outcome: 'unchanged', reason: 'AlreadyInjected', pod, warnings: [] }
}

function injected(pod: V1Pod, reason: InjectedReason, warnings: readonly string[]): Injection {
  return { outcome: 'injected', reason, pod, warnings }
}

function skipped(pod: V1Pod, reason: SkippedReason, warning?: string): Injection {
  return { outcome: 'skipped', reason, pod, warnings: warning === undefined ? [] : [warning] }
}

/** An image without its tag and digest. */
function repository(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '')
}
