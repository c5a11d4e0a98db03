import { INJECTED_ANNOTATION } from '../api/labels.ts'
import type { LabelSelector, MetricGate } from '../api/metricgate.ts'
import { gateOfPod } from '../controller/pod-counts.ts'
import type { WatchedPod } from '../controller/watched.ts'
import { hasSidecars } from '../webhook/choose-gate.ts'
import { matchesLabels } from '../webhook/label-selector.ts'

type Labels = Readonly<Record<string, string>>

/** The pods whose metrics the gate filters: those that have its sidecar or should, or those that its aggregator reads. */
export function filteredPods(
  gate: MetricGate,
  gates: readonly MetricGate[],
  pods: Iterable<WatchedPod>,
): WatchedPod[] {
  const isFiltered = hasSidecars(gate)
    ? (pod: WatchedPod) => gateOfPod(pod, gates) === gate.metadata.name
    : (pod: WatchedPod) => selects(gate, pod)
  return [...pods].filter(pod => !pod.metadata.deleting && isFiltered(pod))
}

/** The names of the gates of which the pod is one, be it that it has a sidecar. */
export function gatesOfPod(pod: WatchedPod, gates: readonly MetricGate[]): Set<string> {
  const names = gates
    .filter(gate => !hasSidecars(gate) && selects(gate, pod))
    .map(({ metadata }) => metadata.name)
  const own = gateOfPod(pod, gates)
  return new Set(own === undefined ? names : [own, ...names])
}

function selects({ spec }: MetricGate, { metadata }: WatchedPod): boolean {
  return spec.selector !== undefined && matchesLabels(spec.selector, metadata.labels)
}

/** Has a sidecar been injected into the pod, whichever gate's? */
export function isInjected({ metadata }: WatchedPod): boolean {
  return metadata.annotations[INJECTED_ANNOTATION] !== undefined
}

/** Labels by which Kubernetes tells the revisions of a workload's pod template apart. */
const REVISION_LABELS = ['pod-template-hash', 'controller-revision-hash']

/** The same for pods that are made from one template, so that they name the same ports. */
export function templateKey({ metadata }: WatchedPod): string {
  const { labels, owner, uid } = metadata
  const revision = REVISION_LABELS.map(label => labels[label]).find(value => value !== undefined)
  return owner === undefined || revision === undefined ? uid : `${owner.uid} ${revision}`
}

/** The pods of a gate, to be selected by their labels. */
export class PodSet {
  readonly #all: readonly WatchedPod[]
  /** By key and value of a label. */
  readonly #labelled = new Map<string, Map<string, WatchedPod[]>>()

  constructor(pods: readonly WatchedPod[]) {
    this.#all = pods
    for (const pod of pods) {
      for (const [key, value] of Object.entries(pod.metadata.labels)) this.#with(key, value).push(pod)
    }
  }

  /** Those that the selector matches; an empty one matches all. */
  matching(selector: LabelSelector): WatchedPod[] {
    // Most selectors of a namespace are for other pods: no pod of ours has one of their labels.
    const fewest = Object.entries(selector.matchLabels ?? {})
      .map(([key, value]) => this.#labelled.get(key)?.get(value) ?? [])
      .reduce((one, other) => (other.length < one.length ? other : one), this.#all)
    return fewest.filter(({ metadata }) => matchesLabels(selector, metadata.labels))
  }

  /** Those that a Service selects; an empty selector selects none. */
  behind(matchLabels: Labels): WatchedPod[] {
    return Object.keys(matchLabels).length === 0 ? [] : this.matching({ matchLabels })
  }

  #with(key: string, value: string): WatchedPod[] {
    const values = this.#labelled.get(key) ?? new Map<string, WatchedPod[]>()
    const pods = values.get(value) ?? []
    this.#labelled.set(key, values.set(value, pods))
    return pods
  }
}
