import type { ApiError } from '../kubernetes/api-error.ts'
import { ALL_NAMESPACES, type Kind, METRIC_GATE } from '../kubernetes/kinds.ts'

/** How one list-watch is doing. */
export interface WatchState {
  readonly kind: Kind
  /** ALL_NAMESPACES, or the one that it is about. */
  readonly namespace: string
  /** Does the cluster have the kind? Undefined: nothing is known. */
  readonly available: boolean | undefined
  /** Known, or refused to us. */
  readonly isSettled: boolean
  /** The last failure, as long as the API server has said nothing about the kind since. */
  readonly trouble: ApiError | undefined
}

/** What keeps an operator from its work, and what it does without; a sentence each. */
export interface WatchReport {
  readonly obstacles: readonly string[]
  readonly limitations: readonly string[]
}

/** Is all of a namespace known, of states that are all about it? */
export function isKnown(states: Iterable<Pick<WatchState, 'available'>>): boolean {
  return [...states].every(({ available }) => available !== undefined)
}

/**
 * Tells obstacles from limitations: a namespace that we may not read is left out, as long as there are others that we may. One
 * that was deleted, with the permissions in it, must not end the work for all. Pure.
 */
export function reportOn(states: readonly WatchState[]): WatchReport {
  const byNamespace = Object.values(Object.groupBy(states, ({ namespace }) => namespace))
  const worksSomewhere = byNamespace.some(of => isKnown(of ?? []))
  const obstacles = new Set<string>()
  const limitations: string[] = []
  for (const state of states) {
    const { kind, available, isSettled } = state
    if (available === undefined) {
      const sentence = `${subjectOf(state)} are not known yet${reasonOf(state)}`
      if (worksSomewhere && isSettled) limitations.push(`${sentence}; the namespace is left out`)
      else obstacles.add(sentence)
    } else if (kind === METRIC_GATE && !available) {
      obstacles.add(`the cluster has no ${kind.plural} (${kind.apiVersion}): install its CRD`)
    } else if (state.trouble?.isRefusal === true) {
      limitations.push(`${subjectOf(state)} are not up to date${reasonOf(state)}`)
    }
  }
  return { obstacles: [...obstacles], limitations }
}

function subjectOf({ kind, namespace }: WatchState): string {
  return namespace === ALL_NAMESPACES ? kind.plural : `${kind.plural} of namespace ${namespace}`
}

function reasonOf({ trouble }: WatchState): string {
  return trouble === undefined ? '' : `: ${trouble.message}`
}
