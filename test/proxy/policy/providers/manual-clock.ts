import { SYNC_TIMEOUT_MS } from '../../../../proxy/policy/limits.ts'
import type { Clock } from '../../../../proxy/policy/providers/clock.ts'

interface Timer {
  readonly delayMs: number
  readonly callback: () => void
}

/** A clock that stands still until the test lets a wait be over. */
export class ManualClock implements Clock {
  nowMs = Date.parse('2026-01-02T03:04:05Z')
  readonly #timers = new Set<Timer>()
  #onTimer: () => void = () => undefined

  readonly now = (): number => this.nowMs

  readonly after: Clock['after'] = (delayMs, callback) => {
    const timer = { delayMs, callback }
    this.#timers.add(timer)
    this.#onTimer()
    return () => this.#timers.delete(timer)
  }

  /** Resolves when a sync is over and the next one is waited for: milliseconds until then. */
  async nextSync(): Promise<number> {
    return (await this.#timer(({ delayMs }) => delayMs !== SYNC_TIMEOUT_MS)).delayMs
  }

  /** Lets the wait for the next sync be over; resolves when that is over too, like nextSync. */
  async sync(): Promise<number> {
    this.#fire(await this.#timer(({ delayMs }) => delayMs !== SYNC_TIMEOUT_MS))
    return this.nextSync()
  }

  /** Lets the time be over in which a server has to answer. */
  async timeOut(): Promise<void> {
    this.#fire(await this.#timer(({ delayMs }) => delayMs === SYNC_TIMEOUT_MS))
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer)
    this.nowMs += timer.delayMs
    timer.callback()
  }

  async #timer(isWanted: (timer: Timer) => boolean): Promise<Timer> {
    for (;;) {
      const found = [...this.#timers].find(isWanted)
      if (found !== undefined) return found
      await new Promise<void>(resolve => (this.#onTimer = resolve))
    }
  }
}
