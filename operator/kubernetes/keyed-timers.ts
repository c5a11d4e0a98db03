import type { Clock } from './clock.ts'

interface Timer {
  readonly dueMs: number
  readonly cancel: () => void
}

/** At most one timer for each key. */
export class KeyedTimers {
  readonly #clock: Clock
  readonly #timers = new Map<string, Timer>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#timers.size
  }

  /** When the key's timer is due, by the clock's `monotonicMs`; undefined: it has none. */
  dueMs(key: string): number | undefined {
    return this.#timers.get(key)?.dueMs
  }

  /** Does `then` at `dueMs`, in place of what was to be done before. */
  set(key: string, dueMs: number, then: () => void): void {
    this.cancel(key)
    const fire = (): void => {
      this.#timers.delete(key)
      then()
    }
    const delayMs = Math.max(0, dueMs - this.#clock.monotonicMs())
    this.#timers.set(key, { dueMs, cancel: this.#clock.after(delayMs, fire) })
  }

  cancel(key: string): void {
    this.#timers.get(key)?.cancel()
    this.#timers.delete(key)
  }

  cancelAll(): void {
    for (const key of this.#timers.keys()) this.cancel(key)
  }
}
