import { RESTARTED_ANNOTATION } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { GatePod } from '../controller/pod-counts.ts'
import type { Owner } from '../controller/watched.ts'
import { injectedHash, type SidecarOptions } from '../resources/sidecar.ts'
import { hasSidecars } from '../webhook/choose-gate.ts'

/** Pods of one owner: those that do not have the sidecar that they should have, unless another choice is named. */
export interface AffectedPods {
  /** Undefined: nothing makes the pods anew. */
  readonly owner: Owner | undefined
  readonly pods: number
  /** Those of them that were made by a restart for this very target: another one would not help. */
  readonly again: number
}

/** For what the gate's workloads are restarted: the hash of what is injected now, or "none" where the mode has no sidecars. */
export function rolloutTarget(gate: MetricGate, options: SidecarOptions): string {
  return hasSidecars(gate) ? injectedHash(gate, options) : 'none'
}

/** The affected ones of a gate's pods by their owners, in a fixed order. */
export function affectedPods(pods: readonly GatePod[], target: string): AffectedPods[] {
  return groupByOwner(
    pods.filter(({ sidecar }) => sidecar !== 'current'),
    target,
  )
}

/** Likewise those that a restart for this target has made as they should be: whether they run, nobody has said. */
export function renewedPods(pods: readonly GatePod[], target: string): AffectedPods[] {
  return groupByOwner(
    pods.filter(gatePod => gatePod.sidecar === 'current' && isRestartedFor(gatePod, target)),
    target,
  )
}

function groupByOwner(pods: readonly GatePod[], target: string): AffectedPods[] {
  const byOwner = new Map<string, AffectedPods>()
  for (const gatePod of pods) {
    const { owner } = gatePod.pod.metadata
    const uid = owner?.uid ?? ''
    const before = byOwner.get(uid) ?? { owner, pods: 0, again: 0 }
    const again = before.again + (isRestartedFor(gatePod, target) ? 1 : 0)
    byOwner.set(uid, { owner, pods: before.pods + 1, again })
  }
  return [...byOwner.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, found]) => found)
}

function isRestartedFor({ pod }: GatePod, target: string): boolean {
  return pod.metadata.annotations[RESTARTED_ANNOTATION] === target
}
