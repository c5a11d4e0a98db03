import type { Clock } from '../../../../operator/kubernetes/clock.ts'

/** The machine's clock. */
export const machineClock: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** A clock that the test moves. */
export class ManualClock implements Clock {
  #monotonicMs = 5_000
  #offsetMs = 1_000_000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#offsetMs + this.#monotonicMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#monotonicMs + delayMs, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Sets the time of day forward, or back when it is negative; no time passes. */
  setTimeOfDay(byMs: number): void {
    this.#offsetMs += byMs
  }

  /** Moves on and calls what becomes due, in order, at its time; then lets promises settle. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs
    for (;;) {
      const next = [...this.#timers]
        .filter(({ dueMs }) => dueMs <= endMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#monotonicMs = next.dueMs
      next.callback()
      await settle()
    }
    this.#monotonicMs = endMs
    await settle()
  }
}

/** A clock on which every wait is over at once, and is remembered. */
export class HastyClock implements Clock {
  readonly waitsMs: number[] = []
  /** Waits that are not over. */
  pending = 0
  #nowMs = 1_000_000

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): () => void {
    this.pending += 1
    const immediate = setImmediate(() => {
      this.pending -= 1
      this.#nowMs += delayMs
      this.waitsMs.push(delayMs)
      callback()
    })
    return () => {
      // Clearing what has run changes nothing: it has no reference any more.
      if (immediate.hasRef()) this.pending -= 1
      clearImmediate(immediate)
    }
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.#nowMs += ms
  }
}

/** Lets everything that is ready to run, run. */
export function settle(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
