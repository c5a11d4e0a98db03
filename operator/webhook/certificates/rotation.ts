import { AUTHORITIES_MAX } from '../limits.ts'
import { type Authority, distinct, isInForce } from './authority.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { Leaf, Material } from './material.ts'

/** What the next step depends on. */
export interface RotationFacts {
  /** What the Secret holds; undefined: there is none. */
  readonly stored: Material | undefined
  /** The certificate that this replica serves. */
  readonly served: Leaf | undefined
  /** Other authorities that are trusted, or were to be: by the webhook configuration, as far as this replica knows. */
  readonly known: readonly Authority[]
  /** Has the webhook configuration trusted the authority for the grace time? */
  readonly isSettled: (id: string) => boolean
  /** In ms since the epoch. */
  readonly nowMs: number
  readonly lifetimes: Lifetimes
}

/** One change of the Secret. */
export type Step =
  /** Nothing to do before that time (ms since the epoch), unless trust settles or the Secret changes. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** A new serving certificate of the first authority. */
  | { readonly kind: 'issue' }
  /** A new authority goes before these. The serving certificate stays (`leaf`), or is the new authority's (undefined). */
  | { readonly kind: 'begin'; readonly keep: readonly Authority[]; readonly leaf: Leaf | undefined }
  /** Only these authorities stay. */
  | { readonly kind: 'retire'; readonly keep: readonly Authority[] }

/**
 * The next step in the life of the certificates. Pure. A and B are authorities, a and b serving certificates of theirs:
 *
 * ```
 *                       ca.crt   ca.key  tls.crt   next step, and when
 *  nothing              -        -       -         begin   at once
 *  A in use             A        A       a         issue   a is due, damaged, or has other names: another a
 *                                                  begin   A is due
 *  B is introduced      B A      B       a         issue   the configuration has trusted B for the grace time
 *  B in use, A lives on B A      B       b         retire  the last a has expired
 *  B in use             B        B       b         as A in use
 * ```
 *
 * The key of A goes when B begins, so that no certificate of A is younger than B: that bounds the life of the last one. Until that has
 * expired A stays trusted, since a replica that has been cut off may still serve it. A Secret that was deleted or spoilt begins anew as
 * well: the authorities that the configuration trusts are kept, and the certificate that the leader serves, as long as it is good.
 * A certificate that is of no use any more, expired or not begun, is not waited for: nothing is lost by another one.
 */
export function nextStep(facts: RotationFacts): Step {
  const { stored, isSettled, nowMs, lifetimes } = facts
  const signer = stored?.authorities[0]
  if (stored?.signer === undefined || signer === undefined || !isInForce(signer, nowMs)) return begin(facts)
  const renewalMs = dueMs(signer, lifetimes)
  if (nowMs >= renewalMs) return begin(facts)

  const { leaf } = stored
  if (leaf === undefined || !isInForce(leaf, nowMs)) return { kind: 'issue' }
  const isSigners = leaf.issuers.includes(signer.id)
  if (isSigners ? nowMs >= dueMs(leaf, lifetimes) : isSettled(signer.id)) return { kind: 'issue' }

  const keep = stillNeeded(stored.authorities, leaf, facts)
  if (keep.length < stored.authorities.length) return { kind: 'retire', keep }
  const ends = stored.authorities.slice(1).map((_, index) => endMs(stored.authorities[index], lifetimes))
  // A certificate of the authority before waits for trust, not for a time, as long as it is in force.
  const leafMs = isSigners ? dueMs(leaf, lifetimes) : leaf.untilMs
  return { kind: 'wait', untilMs: Math.min(renewalMs, leafMs, ...ends.filter(end => end > nowMs)) }
}

function begin({ stored, served, known, nowMs, lifetimes }: RotationFacts): Step {
  // The youngest first: the life of each one's certificates is bounded by the beginning of the one before.
  const keep = distinct([...(stored?.authorities ?? []), ...known])
    .toSorted((left, right) => right.fromMs - left.fromMs)
    .filter((_, index, all) => index === 0 || !hasEnded(all[index - 1], nowMs, lifetimes))
    .slice(0, AUTHORITIES_MAX - 1)
  const isGood = (leaf: Leaf | undefined): boolean =>
    leaf !== undefined && isInForce(leaf, nowMs) && keep.some(({ id }) => leaf.issuers.includes(id))
  return { kind: 'begin', keep, leaf: [stored?.leaf, served].find(isGood) }
}

/** The authority that signs, those whose certificates may still be served, and the one of the certificate in the Secret. */
function stillNeeded(
  authorities: readonly Authority[],
  leaf: Leaf,
  { nowMs, lifetimes }: RotationFacts,
): Authority[] {
  return authorities.filter(
    ({ id }, index) =>
      index === 0 || leaf.issuers.includes(id) || !hasEnded(authorities[index - 1], nowMs, lifetimes),
  )
}

/** Are all certificates expired, on every clock, that were issued before the authority began? */
function hasEnded(successor: Authority | undefined, nowMs: number, lifetimes: Lifetimes): boolean {
  return nowMs >= endMs(successor, lifetimes)
}

function endMs(successor: Authority | undefined, { certificateMs, backdatedMs }: Lifetimes): number {
  if (successor === undefined) return Number.POSITIVE_INFINITY
  // Twice: the clock of who issued the last certificate may be as much ahead of that of who began the next authority, as is ours of the
  // API servers'.
  return successor.fromMs + backdatedMs + certificateMs + 2 * backdatedMs
}

function dueMs({ fromMs, untilMs }: { fromMs: number; untilMs: number }, lifetimes: Lifetimes): number {
  const begunMs = fromMs + lifetimes.backdatedMs
  return begunMs + (untilMs - begunMs) * lifetimes.renewalPart
}
