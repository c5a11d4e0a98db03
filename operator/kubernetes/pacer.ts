import type { Clock } from './clock.ts'
import { KeyedTimers } from './keyed-timers.ts'

/** How fast keys that have no hurry follow. */
export interface Pace {
  /** A key comes so long after it was added: what happens to it meanwhile is done at once. */
  readonly gatherMs: number
  /** From one time that the key came so to the next. */
  readonly restMs: number
  /** From one key to the next: what happens to many of them at once is not done all at once. */
  readonly betweenMs: number
}

/** Lets keys that have no hurry come one by one: each is gathered for, waits for its turn, and rests after it. */
export class Pacer {
  readonly #clock: Clock
  readonly #onTurn: (key: string) => boolean
  readonly #gathering: KeyedTimers
  readonly #turns: KeyedTimers
  readonly #resting: KeyedTimers
  /** When the next turn is free, by the clock's `monotonicMs`. */
  #nextTurnMs = 0

  /** `onTurn`: the key's turn has come; false: it has no use for it, and need not rest. */
  constructor(clock: Clock, onTurn: (key: string) => boolean) {
    this.#clock = clock
    this.#onTurn = onTurn
    this.#gathering = new KeyedTimers(clock)
    this.#turns = new KeyedTimers(clock)
    this.#resting = new KeyedTimers(clock)
  }

  /** Keys for which is gathered. */
  get gathering(): number {
    return this.#gathering.size
  }

  /** Keys that wait for the turn that they have reserved. */
  get waiting(): number {
    return this.#turns.size
  }

  /** Has the key come at this pace, if it does not already. */
  add(key: string, pace: Pace): void {
    if (this.#gathering.dueMs(key) !== undefined || this.#turns.dueMs(key) !== undefined) return
    const gatheredMs = this.#clock.monotonicMs() + pace.gatherMs
    const dueMs = Math.max(gatheredMs, this.#resting.dueMs(key) ?? 0)
    this.#gathering.set(key, dueMs, () => this.#reserveTurn(key, pace))
  }

  /** The key comes no more, until it is added again. */
  cancel(key: string): void {
    this.#gathering.cancel(key)
    this.#turns.cancel(key)
  }

  /** Cancels all, and forgets who rests. */
  stop(): void {
    for (const timers of [this.#gathering, this.#turns, this.#resting]) timers.cancelAll()
  }

  #reserveTurn(key: string, { restMs, betweenMs }: Pace): void {
    const turnMs = Math.max(this.#clock.monotonicMs(), this.#nextTurnMs)
    this.#nextTurnMs = turnMs + betweenMs
    this.#turns.set(key, turnMs, () => this.#takeTurn(key, restMs))
  }

  #takeTurn(key: string, restMs: number): void {
    if (this.#onTurn(key)) this.#resting.set(key, this.#clock.monotonicMs() + restMs, () => undefined)
  }
}
