import { type BackoffLimits, backoffMs, type Random } from './backoff.ts'
import type { Clock } from './clock.ts'
import { KeyedTimers } from './keyed-timers.ts'
import { type Pace, Pacer } from './pacer.ts'

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
  readonly #delayed: KeyedTimers
  readonly #pacer: Pacer
  readonly #failures = new Map<string, number>()
  #stopped = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#delayed = new KeyedTimers(options.clock)
    this.#pacer = new Pacer(options.clock, key => this.#takeTurn(key))
  }

  /** Keys that wait for room, or for their turn. */
  get depth(): number {
    return this.#waiting.size + this.#again.size + this.#pacer.waiting
  }

  /** Keys that run now. */
  get running(): number {
    return this.#running.size
  }

  /** Keys that a timer will add. */
  get delayed(): number {
    return this.#delayed.size + this.#pacer.gathering
  }

  /** Runs the key as soon as there is room; a delay that it waits for is over. */
  add(key: string): void {
    if (this.#stopped) return
    this.#delayed.cancel(key)
    this.#pacer.cancel(key)
    const line = this.#running.has(key) ? this.#again : this.#waiting
    if (!line.has(key)) line.set(key, this.#options.clock.monotonicMs())
    this.#fill()
  }

  /** Adds the key after `delayMs`, unless it waits already or an earlier time is set. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || this.#isWaiting(key)) return
    const dueMs = this.#options.clock.monotonicMs() + delayMs
    if ((this.#delayed.dueMs(key) ?? Number.POSITIVE_INFINITY) <= dueMs) return
    this.#delayed.set(key, dueMs, () => this.add(key))
  }

  /** Adds the key as the pace has it, unless it comes earlier for another reason. */
  addPaced(key: string, pace: Pace): void {
    if (!this.#stopped && !this.#isWaiting(key)) this.#pacer.add(key, pace)
  }

  /** Drops what waits and resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#delayed.cancelAll()
    this.#pacer.stop()
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

  /** Does the key's turn come at the right time? */
  #takeTurn(key: string): boolean {
    // The retry that it waits for will do it, and is not to come before its time.
    if (this.#failures.has(key) && this.#delayed.dueMs(key) !== undefined) return false
    this.add(key)
    return true
  }

  #isWaiting(key: string): boolean {
    return this.#waiting.has(key) || this.#again.has(key)
  }
}

function retryAfterMs(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return 0
  return typeof error.retryAfterMs === 'number' ? error.retryAfterMs : 0
}
