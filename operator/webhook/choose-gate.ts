import type { V1Pod } from '@kubernetes/client-node'
import { GATE_NAME_LENGTH_MAX, INJECT_ANNOTATION } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { SidecarGate } from '../resources/sidecar.ts'
import { matchesLabels } from './label-selector.ts'
import type { InjectedReason, SkippedReason } from './outcome.ts'

/** The gates that a pod can have: those of its namespace. */
export interface NamespaceGates {
  readonly namespace: string
  /** `undefined` when they could not be read. */
  readonly gates: readonly MetricGate[] | undefined
}

/** Which gate the pod gets, or why it gets none. */
export type Choice =
  | { readonly gate: SidecarGate; readonly reason: InjectedReason; readonly warning?: string }
  | { readonly gate: undefined; readonly reason: SkippedReason; readonly warning?: string }

const GATE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const NAMES_SHOWN_MAX = 5

/** Reads the pod's annotation, or looks for gates of `injection: Selector` if it has none. Pure. */
export function chooseGate(pod: V1Pod, { namespace, gates }: NamespaceGates): Choice {
  const annotation = pod.metadata?.annotations?.[INJECT_ANNOTATION]
  if (annotation === 'false') return { gate: undefined, reason: 'OptedOut' }
  if (annotation !== undefined && annotation !== 'true') return gateByName(annotation, { namespace, gates })
  if (gates === undefined) {
    return none('GatesUnknown', `the MetricGates of namespace "${namespace}" could not be read`)
  }
  return annotation === 'true' ? gateByTrue(pod, { namespace, gates }) : gateBySelector(pod, gates)
}

function gateByName(name: string, { namespace, gates }: NamespaceGates): Choice {
  if (!GATE_NAME.test(name) || name.length > GATE_NAME_LENGTH_MAX) {
    const right = 'the name of a MetricGate in the namespace of the pod, "true" or "false"'
    return none('InvalidAnnotation', `${INJECT_ANNOTATION} must be ${right}; it is ${JSON.stringify(name)}`)
  }
  const gate = gates?.find(({ metadata }) => metadata.name === name)
  if (gate !== undefined)
    return hasSidecars(gate) ? { gate, reason: 'Annotation' } : modeWithoutSidecars(gate)
  const why =
    gates === undefined
      ? `MetricGate "${name}" could not be read`
      : `there is no valid MetricGate "${name}" in namespace "${namespace}"`
  return {
    gate: { metadata: { name } },
    reason: 'UnknownGate',
    warning: `${why}: the sidecar answers scrapes with 503 until it gets a configuration`,
  }
}

function gateByTrue(
  pod: V1Pod,
  { namespace, gates }: { namespace: string; gates: readonly MetricGate[] },
): Choice {
  const candidates = gates.filter(hasSidecars)
  const selected = candidates.filter(gate => gate.spec.selector !== undefined && selects(gate, pod))
  const [gate, ...others] = selected.length > 0 ? selected : candidates
  if (gate === undefined) {
    return none('NoGate', `${INJECT_ANNOTATION} is "true", but namespace "${namespace}" has no MetricGate`)
  }
  if (others.length === 0) return { gate, reason: 'Annotation' }
  const what = selected.length > 0 ? 'match the pod' : 'are there and no selector of theirs matches the pod'
  return severalGates([gate, ...others], `${INJECT_ANNOTATION} is "true", but several MetricGates ${what}`)
}

function gateBySelector(pod: V1Pod, gates: readonly MetricGate[]): Choice {
  const selected = gates.filter(gate => injectsBySelector(gate) && selects(gate, pod))
  const [gate, ...others] = selected
  if (gate === undefined) return { gate: undefined, reason: 'NotOptedIn' }
  if (others.length === 0) return { gate, reason: 'Selector' }
  return severalGates(selected, 'several MetricGates with injection: Selector match the pod')
}

/** Does the gate want a sidecar in every pod that its selector matches? */
export function injectsBySelector(gate: MetricGate): boolean {
  return gate.spec.injection === 'Selector' && hasSidecars(gate)
}

/** Do new pods of the gate get a sidecar? */
export function hasSidecars(gate: MetricGate): boolean {
  return gate.spec.mode !== 'DNS' && gate.metadata.deletionTimestamp === undefined
}

function selects(gate: MetricGate, pod: V1Pod): boolean {
  return gate.spec.selector !== undefined && matchesLabels(gate.spec.selector, pod.metadata?.labels)
}

function modeWithoutSidecars({ metadata, spec }: MetricGate): Choice {
  const what = spec.mode === 'DNS' ? 'has mode DNS, in which pods need none' : 'is being deleted'
  return none('NoSidecars', `MetricGate "${metadata.name}" ${what}`)
}

function severalGates(gates: readonly MetricGate[], what: string): Choice {
  const names = gates.map(({ metadata }) => metadata.name).sort()
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ')
  const more = names.length > NAMES_SHOWN_MAX ? `, and ${names.length - NAMES_SHOWN_MAX} more` : ''
  return none('SeveralGates', `${what}: ${shown}${more}. Name one in ${INJECT_ANNOTATION}`)
}

function none(reason: SkippedReason, warning: string): Choice {
  return { gate: undefined, reason, warning: `no sidecar: ${warning}` }
}
