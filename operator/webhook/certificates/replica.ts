import type { Clock } from '../../kubernetes/clock.ts'
import { type Authority, distinct } from './authority.ts'
import type { Lifetimes } from './lifetimes.ts'
import type { Leaf, Material } from './material.ts'
import { nextStep, type Step } from './rotation.ts'
import { Settling } from './settling.ts'
import { chooseLeaf, standingOf, type Trust, TrustRecord } from './trust.ts'
import { trustBundle } from './trust-bundle.ts'

/** What a replica works with. */
export interface ReplicaOptions {
  readonly clock: Clock
  readonly lifetimes: Lifetimes
  /** Begins to serve this certificate. When it throws, what was served before is served still. */
  readonly serve: (leaf: Leaf) => void
  /** Something has been there for the grace time: `observe` may have something to do. */
  readonly onSettled: () => void
}

/**
 * What one replica makes of the Secret and the webhook configuration as it sees them: which certificate it serves, and what it would
 * write if it were the leader. It reads and writes nothing itself, and serves by `serve` alone.
 */
export class Replica {
  readonly #options: ReplicaOptions
  readonly #trust: TrustRecord
  readonly #serving: Settling
  #served: Leaf | undefined
  #bundle: readonly Authority[] = []

  constructor(options: ReplicaOptions) {
    const { clock, lifetimes, onSettled } = options
    const settling = { clock, graceMs: lifetimes.graceMs, onSettled }
    this.#options = options
    this.#trust = new TrustRecord(settling)
    this.#serving = new Settling(settling)
  }

  /** The certificate that it serves; undefined: none yet. */
  get served(): Leaf | undefined {
    return this.#served
  }

  /** What the webhook configuration trusts. */
  get trust(): Trust {
    return this.#trust
  }

  /** The authorities that the webhook configuration has to trust; none while nothing is known. */
  get bundle(): readonly Authority[] {
    return this.#bundle
  }

  /**
   * Takes note of what the Secret holds and which authorities the webhook configuration trusts now, and serves the certificate that is best.
   * Throws what `serve` throws, and will try again the next time.
   */
  observe(stored: Material | undefined, trusted: readonly Authority[]): void {
    this.#trust.observe(trusted)
    const nowMs = this.#options.clock.now()
    const served = chooseLeaf(this.#served, stored?.leaf, this.#trust, nowMs)
    if (served !== undefined && !isSame(served, this.#served)) this.#options.serve(served)
    this.#served = served
    // Others serve one of the same authority once they see it trusted for the grace time, and may see that later than we do.
    const isGeneral = served !== undefined && standingOf(served, this.#trust, nowMs) === 'settled'
    this.#serving.observe(isGeneral ? served.issuers : [])
    this.#bundle = trustBundle({
      stored: stored?.authorities ?? [],
      isServed: stored?.leaf?.issuers.some(id => this.#serving.isSettled(id)) === true,
      before: distinct([...this.#bundle, ...trusted]),
    })
  }

  /** What it would change in the Secret, after `observe`. */
  nextStep(stored: Material | undefined): Step {
    const { clock, lifetimes } = this.#options
    return nextStep({
      stored,
      served: this.#served,
      known: distinct([...this.#trust.authorities, ...this.#bundle]),
      isSettled: id => this.#trust.isSettled(id),
      nowMs: clock.now(),
      lifetimes,
    })
  }

  /** Cancels its timers. */
  stop(): void {
    this.#trust.stop()
    this.#serving.observe([])
  }
}

/** The same to a client: a certificate may come again with others behind it. */
function isSame(leaf: Leaf, other: Leaf | undefined): boolean {
  return leaf.certificate === other?.certificate && leaf.key === other.key
}
