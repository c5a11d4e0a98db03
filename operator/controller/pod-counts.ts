import { GATE_LABEL, INJECTED_ANNOTATION, NOT_INJECTED_ANNOTATION } from '../api/labels.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { injectedHash, type SidecarOptions } from '../resources/sidecar.ts'
import { chooseGate, hasSidecars } from '../webhook/choose-gate.ts'
import { isStatic } from '../webhook/pod-facts.ts'
import type { WatchedPod } from './watched.ts'

/** The numbers that a gate's status shows. */
export type PodCounts = NonNullable<MetricGateStatus['pods']>

/** A pod of a gate. */
export interface GatePod {
  readonly pod: WatchedPod
  /** `missed`: it should have a sidecar and has none. `outdated`: the one that it has is not what would be injected now. */
  readonly sidecar: 'current' | 'outdated' | 'missed'
}

/**
 * The gate's pods: those that have its sidecar, and those that would get it if they were made now, by the webhook's own rule, save
 * those in which it has found no place for one. Where the gate's mode has no sidecars, each that is left is outdated. `gates` are all of
 * the namespace. Pods that are being deleted do not count.
 */
export function gatePods(
  gate: MetricGate,
  gates: readonly MetricGate[],
  pods: Iterable<WatchedPod>,
  options: SidecarOptions,
): GatePod[] {
  const hash = hasSidecars(gate) ? injectedHash(gate, options) : undefined
  return [...pods]
    .filter(pod => !pod.metadata.deleting && gateOfPod(pod, gates) === gate.metadata.name)
    .map(pod => {
      const found = injectedBy(pod)
      if (found === undefined) return { pod, sidecar: 'missed' }
      return { pod, sidecar: found.hash === hash ? 'current' : 'outdated' }
    })
}

/** Counts the pods of a gate. */
export function countPods(pods: readonly GatePod[]): PodCounts {
  const missed = pods.filter(({ sidecar }) => sidecar === 'missed').length
  const outdated = pods.filter(({ sidecar }) => sidecar === 'outdated').length
  return { matched: pods.length, injected: pods.length - missed, missed, outdated }
}

/**
 * The name of the gate that the pod's sidecar is of or, where it has none, that it should have one of. None where the webhook has
 * left it out on purpose; whatever the annotation's value is, since anybody may have written it.
 */
export function gateOfPod(pod: WatchedPod, gates: readonly MetricGate[]): string | undefined {
  const found = injectedBy(pod)
  if (found !== undefined) return found.gate
  const { name, namespace, labels, annotations } = pod.metadata
  if (annotations[NOT_INJECTED_ANNOTATION] !== undefined) return undefined
  const asPod = { metadata: { name, namespace, labels, annotations } }
  if (isStatic(asPod)) return undefined
  return chooseGate(asPod, { namespace, gates }).gate?.metadata.name
}

function injectedBy({ metadata }: WatchedPod): { gate: string; hash: string } | undefined {
  const gate = metadata.labels[GATE_LABEL]
  const hash = metadata.annotations[INJECTED_ANNOTATION]
  return gate === undefined || hash === undefined ? undefined : { gate, hash }
}
