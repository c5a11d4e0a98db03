import type { Fence } from '../kubernetes/api-client.ts'
import type { Clock } from '../kubernetes/clock.ts'

const EXPIRED = 'the lease was not renewed in time'

/** Something was to be written that only the leader may write, and this replica does not lead at this moment. */
export class NotLeaderError extends Error {
  readonly code = 'E_NOT_LEADER'

  constructor(why: string) {
    super(`not the leader: ${why}`)
    this.name = 'NotLeaderError'
  }
}

/** What leadership works with, and who is told of it. */
export interface LeadershipOptions {
  readonly clock: Clock
  /** A term has begun. */
  readonly onGained: () => void
  /** It has ended; nothing may be written any more. */
  readonly onLost: (why: string) => void
}

interface Term {
  /** By the clock's `monotonicMs`. */
  untilMs: number
  cancelTimer: () => void
  readonly ending: AbortController
}

/**
 * Whether this replica leads, term by term. A term ends by itself at its time: whoever asks then is told so, even in a process that
 * was stopped meanwhile and in which no timer has run yet.
 */
export class Leadership implements Fence {
  readonly #options: LeadershipOptions
  #term: Term | undefined
  /** Has aborted: the term before the present one is over. */
  #ended: AbortSignal

  constructor(options: LeadershipOptions) {
    this.#options = options
    this.#ended = AbortSignal.abort(new NotLeaderError('it has not been elected yet'))
  }

  /** Does it lead at this moment? */
  get isHeld(): boolean {
    return this.#term !== undefined && this.#options.clock.monotonicMs() < this.#term.untilMs
  }

  /** Throws NotLeaderError unless it leads at this moment. */
  check(): void {
    if (this.isHeld) return
    // Its timer has not run yet.
    if (this.#term !== undefined) throw new NotLeaderError(EXPIRED)
    this.#ended.throwIfAborted()
  }

  /** Aborts with NotLeaderError when the present term ends. */
  get signal(): AbortSignal {
    return this.#term?.ending.signal ?? this.#ended
  }

  /** Begins a term that lasts until `untilMs` (by the clock's `monotonicMs`), or prolongs the present one. */
  extend(untilMs: number): void {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#term !== undefined && !this.isHeld) this.end(EXPIRED)
    // The answer that says so was a long time coming.
    if (untilMs <= nowMs) return
    const isNew = this.#term === undefined
    this.#term ??= { untilMs, cancelTimer: () => undefined, ending: new AbortController() }
    this.#term.untilMs = untilMs
    this.#watch(this.#term)
    if (isNew) this.#options.onGained()
  }

  /** Ends the term, if there is one. */
  end(why: string): void {
    const term = this.#term
    if (term === undefined) return
    term.cancelTimer()
    this.#term = undefined
    this.#ended = term.ending.signal
    term.ending.abort(new NotLeaderError(why))
    this.#options.onLost(why)
  }

  #watch(term: Term): void {
    const { clock } = this.#options
    term.cancelTimer()
    term.cancelTimer = clock.after(Math.max(0, term.untilMs - clock.monotonicMs()), () => {
      // A timer may come a little early.
      if (this.isHeld) this.#watch(term)
      else this.end(EXPIRED)
    })
  }
}
