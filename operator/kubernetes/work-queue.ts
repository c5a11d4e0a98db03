import { type BackoffLimits, backoffMs, type Random } from './backoff.ts'
import type { Clock } from './clock.ts'

/** What came of one run: nothing more to do, or run the key again after a while. */
export interface RunResult {
  readonly requeueAfterMs?: number
}

/** How a queue works, and who is told. */
export interface WorkQueueOptions {
  /** Does the work of one key. What it throws is a failure, tried again with backoff; `retryAfterMs` of the error is honoured. */
  readonly run: (key: string) => Promise<RunResult>
  /** Runs at the same time, of different keys. */
  readonly concurrency: number
  readonly backoff: BackoffLimits
  readonly clock: Clock
  readonly random: Random
  /** A key's turn has come, after `waitedMs` in the queue; delays are not part of that. */
  readonly onStart?: (waitedMs: number) => void
  /** A run failed, for the `failures`th time in a row, and is tried again after `retryMs`. */
  readonly onFailure: (key: string, error: unknown, retryMs: number, failures: number) => void
}

/** How fast keys that have no hurry follow. */
export interface Pace {
  /** A key comes so long after it was added: what happens to it meanwhile is done at once. */
  readonly gatherMs: number
  /** From one time that the key came so to the next. */
  readonly restMs: number
  /** From one key to the next: what happens to many of them at once is not done all at once. */
  readonly betweenMs: number
}

interface Delayed {
  readonly dueMs: number
  readonly cancel: () => void
}

/**
 * Work by key. A key that waits is there once, however often it is added; one key never runs twice at a time: what is added
 * while it runs, runs again afterwards, so that no change is missed (the contract of client-go's workqueue).
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  /** Since when, by the clock's `monotonicMs`. */
  readonly #waiting = new Map<string, number>()
  readonly #running = new Map<string, Promise<void>>()
  /** Likewise. */
  readonly #again = new Map<string, number>()
  readonly #delayed = new Map<string, Delayed>()
  readonly #failures = new Map<string, number>()
  /** Without hurry: what happens to the key is gathered. */
  readonly #gathering = new Map<string, Delayed>()
  /** Without hurry: the key waits for its turn, which is reserved. */
  readonly #turns = new Map<string, Delayed>()
  /** The key has had its turn. */
  readonly #resting = new Map<string, Delayed>()
  /** When the next turn is free, by the clock's `monotonicMs`. */
  #nextTurnMs = 0
  #stopped = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Keys that wait for room, or for their turn. */
  get depth(): number {
    return this.#waiting.size + this.#again.size + this.#turns.size
  }

  /** Keys that run now. */
  get running(): number {
    return this.#running.size
  }

  /** Keys that a timer will add. */
  get delayed(): number {
    return this.#delayed.size + this.#gathering.size
  }

  /** Runs the key as soon as there is room; a delay that it waits for is over. */
  add(key: string): void {
    if (this.#stopped) return
    for (const timers of [this.#delayed, this.#gathering, this.#turns]) cancel(timers, key)
    const line = this.#running.has(key) ? this.#again : this.#waiting
    if (!line.has(key)) line.set(key, this.#options.clock.monotonicMs())
    this.#fill()
  }

  /** Adds the key after `delayMs`, unless it waits already or an earlier time is set. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#isWaiting(key)) return
    const dueMs = this.#options.clock.monotonicMs() + delayMs
    if ((this.#delayed.get(key)?.dueMs ?? Number.POSITIVE_INFINITY) <= dueMs) return
    this.#set(this.#delayed, key, dueMs, () => this.add(key))
  }

  /** Adds the key as the pace has it, unless it comes earlier for another reason. */
  addPaced(key: string, pace: Pace): void {
    const isPaced = this.#gathering.has(key) || this.#turns.has(key)
    if (this.#stopped || isPaced || this.#isWaiting(key)) return
    const gatheredMs = this.#options.clock.monotonicMs() + pace.gatherMs
    const dueMs = Math.max(gatheredMs, this.#resting.get(key)?.dueMs ?? 0)
    this.#set(this.#gathering, key, dueMs, () => this.#reserveTurn(key, pace))
  }

  /** Drops what waits and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timers of [this.#delayed, this.#gathering, this.#turns, this.#resting]) {
      for (const key of timers.keys()) cancel(timers, key)
    }
    this.#waiting.clear()
    this.#again.clear()
    await Promise.all(this.#running.values())
  }

  #fill(): void {
    const { concurrency, clock, onStart } = this.#options
    for (const [key, sinceMs] of this.#waiting) {
      if (this.#running.size >= concurrency) return
      this.#waiting.delete(key)
      onStart?.(clock.monotonicMs() - sinceMs)
      this.#running.set(key, this.#run(key))
    }
  }

  async #run(key: string): Promise<void> {
    // Not in the caller's turn: add() returns before any work is done.
    await Promise.resolve()
    let delayMs: number | undefined
    try {
      delayMs = (await this.#options.run(key)).requeueAfterMs
      this.#failures.delete(key)
    } catch (error) {
      delayMs = this.#fail(key, error)
    }
    this.#running.delete(key)
    const againSinceMs = this.#again.get(key)
    this.#again.delete(key)
    if (againSinceMs !== undefined) this.#waiting.set(key, againSinceMs)
    else if (delayMs !== undefined) this.addAfter(key, delayMs)
    this.#fill()
  }

  #fail(key: string, error: unknown): number {
    const { backoff, random, onFailure } = this.#options
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    const retryMs = Math.max(backoffMs(failures, backoff, random), retryAfterMs(error))
    onFailure(key, error, retryMs, failures)
    return retryMs
  }

  #reserveTurn(key: string, { restMs, betweenMs }: Pace): void {
    const turnMs = Math.max(this.#options.clock.monotonicMs(), this.#nextTurnMs)
    this.#nextTurnMs = turnMs + betweenMs
    this.#set(this.#turns, key, turnMs, () => this.#takeTurn(key, restMs))
  }

  #takeTurn(key: string, restMs: number): void {
    // The retry that it waits for will do it, and is not to come before its time.
    if (this.#failures.has(key) && this.#delayed.has(key)) return
    this.#set(this.#resting, key, this.#options.clock.monotonicMs() + restMs, () => undefined)
    this.add(key)
  }

  #isWaiting(key: string): boolean {
    return this.#waiting.has(key) || this.#again.has(key)
  }

  /** Does `then` at `dueMs`, in place of what was to be done before. */
  #set(timers: Map<string, Delayed>, key: string, dueMs: number, then: () => void): void {
    const { clock } = this.#options
    cancel(timers, key)
    const fire = (): void => {
      timers.delete(key)
      then()
    }
    timers.set(key, { dueMs, cancel: clock.after(Math.max(0, dueMs - clock.monotonicMs()), fire) })
  }
}

function cancel(timers: Map<string, Delayed>, key: string): void {
  timers.get(key)?.cancel()
  timers.delete(key)
}

function retryAfterMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0
}
