import type { Clock } from '../../kubernetes/clock.ts'
import { type Authority, isInForce } from './authority.ts'
import type { Leaf } from './material.ts'
import { Settling } from './settling.ts'

/** What the API servers trust, as far as a replica can know: what the webhook configuration says, and for how long it has. */
export interface Trust {
  /** The authorities in the webhook configuration that the API server holds. */
  readonly authorities: readonly Authority[]
  /** Has the configuration trusted the authority for the grace time? Then all API servers do. */
  readonly isSettled: (id: string) => boolean
}

/** How far a certificate can be relied on. */
export type Standing =
  /** Not in force, or the webhook configuration does not trust it. */
  | 'refused'
  /** The webhook configuration trusts it, but API servers may not have heard of that. */
  | 'fresh'
  /** All API servers trust it. */
  | 'settled'

const RANKS: Readonly<Record<Standing, number>> = { refused: 0, fresh: 1, settled: 2 }

/** How far the certificate can be relied on at that time. */
export function standingOf(leaf: Leaf, trust: Trust, nowMs: number): Standing {
  const trusted = trust.authorities.filter(({ id }) => leaf.issuers.includes(id))
  if (!isInForce(leaf, nowMs) || trusted.length === 0) return 'refused'
  return trusted.some(({ id }) => trust.isSettled(id)) ? 'settled' : 'fresh'
}

/**
 * Which certificate a replica serves: that of the Secret as soon as all API servers trust it; before that only if the one that it has
 * is worth less. A replica that has none takes what there is. Pure.
 */
export function chooseLeaf(
  served: Leaf | undefined,
  stored: Leaf | undefined,
  trust: Trust,
  nowMs: number,
): Leaf | undefined {
  if (served === undefined || stored === undefined) return stored ?? served
  const [before, after] = [served, stored].map(leaf => RANKS[standingOf(leaf, trust, nowMs)]) as [
    number,
    number,
  ]
  return after === RANKS.settled || after > before ? stored : served
}

/** Follows the webhook configuration, and knows for how long it has trusted each authority. */
export class TrustRecord implements Trust {
  readonly #settling: Settling
  #authorities: readonly Authority[] = []

  /** `onSettled` is called when the configuration has trusted an authority for `graceMs`. */
  constructor(options: { clock: Clock; graceMs: number; onSettled: () => void }) {
    this.#settling = new Settling(options)
  }

  get authorities(): readonly Authority[] {
    return this.#authorities
  }

  isSettled(id: string): boolean {
    return this.#settling.isSettled(id)
  }

  /** The configuration trusts these now. */
  observe(authorities: readonly Authority[]): void {
    this.#authorities = authorities
    this.#settling.observe(authorities.map(({ id }) => id))
  }

  /** Cancels its timers. */
  stop(): void {
    this.#settling.observe([])
  }
}
