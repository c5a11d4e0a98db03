import { GATE_LABEL, INJECTED_ANNOTATION } from '../api/labels.ts'
import type { MetricGate, MetricGateStatus } from '../api/metricgate.ts'
import { injectedHash, type SidecarOptions } from '../resources/sidecar.ts'
import { chooseGate } from '../webhook/choose-gate.ts'
import { isStatic } from '../webhook/pod-facts.ts'
import type { WatchedPod } from './watched.ts'

/** The numbers that a gate's status shows. */
export type PodCounts = NonNullable<MetricGateStatus['pods']>

/**
 * Counts the gate's pods. Matched: those that have its sidecar, and those that would get it if they were made now, by the
 * webhook's own rule. Injected: those that have it. Outdated: those whose sidecar is not what would be injected now.
 * `gates` are all of the namespace. Pods that are being deleted do not count.
 */
export function countPods(
  gate: MetricGate,
  gates: readonly MetricGate[],
  pods: Iterable<WatchedPod>,
  options: SidecarOptions,
): PodCounts {
  const hash = injectedHash(gate, options)
  const counts = { matched: 0, injected: 0, outdated: 0 }
  for (const pod of pods) {
    if (pod.metadata.deleting || gateOfPod(pod, gates) !== gate.metadata.name) continue
    const found = injectedBy(pod)
    counts.matched += 1
    if (found !== undefined) counts.injected += 1
    if (found !== undefined && found.hash !== hash) counts.outdated += 1
  }
  return counts
}

/** The name of the gate that the pod's sidecar is of or, where it has none, that it should have one of. */
export function gateOfPod(pod: WatchedPod, gates: readonly MetricGate[]): string | undefined {
  const found = injectedBy(pod)
  if (found !== undefined) return found.gate
  const { name, namespace, labels, annotations } = pod.metadata
  const asPod = { metadata: { name, namespace, labels, annotations } }
  if (isStatic(asPod)) return undefined
  return chooseGate(asPod, { namespace, gates }).gate?.metadata.name
}

function injectedBy({ metadata }: WatchedPod): { gate: string; hash: string } | undefined {
  const gate = metadata.labels[GATE_LABEL]
  const hash = metadata.annotations[INJECTED_ANNOTATION]
  return gate === undefined || hash === undefined ? undefined : { gate, hash }
}
