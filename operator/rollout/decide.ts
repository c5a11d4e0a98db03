import type { V1Pod } from '@kubernetes/client-node'
import { GATE_LABEL } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { hasSidecars } from '../webhook/choose-gate.ts'
import { inject } from '../webhook/inject.ts'
import type { Restartable } from './workload.ts'

/** What is to be done with a workload whose pods do not have the sidecar that they should have. */
export type Verdict =
  /** Restart it. */
  | { readonly kind: 'restart' }
  /** It is being restarted for this. */
  | { readonly kind: 'underway' }
  /** Not now: `why` ends the sentence that the workload begins. */
  | { readonly kind: 'wait'; readonly why: string }
  /** Not until a person changes something. */
  | { readonly kind: 'skip'; readonly why: string }
  /** As skip, and no other one either. */
  | { readonly kind: 'halt'; readonly why: string }

/** A workload, and what is known of it. */
export interface Candidate {
  readonly workload: Restartable
  /** Pods that a restart for this target has made, and that do not have the right sidecar either. */
  readonly again: number
  /** It was restarted for this target, as far as we remember. Who replaces the whole object takes our annotation away. */
  readonly restarted: boolean
  /** That was so long ago that it should have finished. */
  readonly overdue: boolean
}

/** What the restart is for. */
export interface Aim {
  readonly gate: MetricGate
  /** The valid gates of the namespace. */
  readonly gates: readonly MetricGate[]
  readonly options: SidecarOptions
  /** `rolloutTarget` of the gate. */
  readonly target: string
}

/**
 * Says of a workload that rolls for too long since when it does; ends the sentence that the workload begins. Such a one keeps all
 * others from being restarted: whatever ails it may ail them, and each would lose the pods that its update strategy lets it lose.
 */
export function hangs({ restartedAt }: Restartable): string {
  const since = restartedAt === undefined ? 'long ago' : `at ${restartedAt}`
  return `was restarted ${since}, and has not finished; nothing else is restarted until it has`
}

/**
 * Decides about one workload. A restart for the same target happens at most once, and only if the webhook, by its own rule, would
 * do to a pod of the template what the gate asks for.
 */
export function decide({ workload, again, restarted, overdue }: Candidate, aim: Aim): Verdict {
  const { hindrance, restartedFor, rolling, template } = workload
  if (again > 0)
    return { kind: 'halt', why: 'was restarted, and its new pods are not as they should be either' }
  if (hindrance !== undefined) return { kind: 'skip', why: hindrance }
  if (restarted || restartedFor === aim.target) {
    if (!overdue) return { kind: 'underway' }
    return rolling
      ? { kind: 'halt', why: hangs(workload) }
      : { kind: 'skip', why: 'was restarted, and still has pods that are not as they should be' }
  }
  const obstacle = injectionObstacle(template, aim)
  if (obstacle !== undefined) return { kind: 'skip', why: obstacle }
  // What we began for an earlier target may never finish; the present one may be the mended one.
  if (rolling && restartedFor === undefined)
    return { kind: 'wait', why: 'is rolling, or lacks available pods' }
  return { kind: 'restart' }
}

/** What is to be done for a gate: about one workload (its place in the list), or about none and why. */
export type Step =
  | { readonly kind: 'restart' | 'underway'; readonly index: number }
  | { readonly kind: 'wait' | 'blocked'; readonly why: string }

/**
 * Chooses the one workload that is restarted next. None as long as another one is under way or hangs, and none any more when a
 * restart did not help: the webhook is not reached then, most likely, and the rest would fare the same. `untouchable` says of which pods
 * nothing can be restarted.
 */
export function chooseStep(
  candidates: readonly (Candidate & { readonly name: string })[],
  untouchable: readonly string[],
  aim: Aim,
): Step {
  const verdicts = candidates.map(candidate => ({ name: candidate.name, verdict: decide(candidate, aim) }))
  const indexOf = (kind: Verdict['kind']): number =>
    verdicts.findIndex(({ verdict }) => verdict.kind === kind)
  const underway = indexOf('underway')
  if (underway >= 0) return { kind: 'underway', index: underway }
  // One that hangs for an earlier target comes first: it is the one that may be mended, and no other has to suffer meanwhile.
  const hanging = candidates.findIndex(
    ({ workload }, index) => workload.rolling && verdicts[index]?.verdict.kind === 'restart',
  )
  const restart = hanging >= 0 ? hanging : indexOf('restart')
  if (restart >= 0 && indexOf('halt') < 0) return { kind: 'restart', index: restart }
  const reasons = verdicts.flatMap(({ name, verdict }) =>
    'why' in verdict ? [`${name} ${verdict.why}`] : [],
  )
  const kind = indexOf('wait') >= 0 && indexOf('halt') < 0 ? 'wait' : 'blocked'
  return { kind, why: [...reasons, ...untouchable].join('; ') }
}

/** Why new pods would not have what the gate asks for. Its mode may ask for no sidecar: that, new pods always have. */
function injectionObstacle(template: V1Pod, { gate, gates, options }: Aim): string | undefined {
  if (!hasSidecars(gate)) return undefined
  const { name, namespace } = gate.metadata
  const { outcome, reason, warnings, pod } = inject(template, { namespace, gates }, options)
  const isNew = outcome === 'injected' && reason !== 'Refitted'
  if (isNew && pod.metadata?.labels?.[GATE_LABEL] === name) return undefined
  return `has a pod template that gets no new sidecar of this gate (${[reason, ...warnings].join(': ')})`
}
