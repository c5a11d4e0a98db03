import type { Logger } from 'pino'
import { ApiError } from '../kubernetes/api-error.ts'
import type { Random } from '../kubernetes/backoff.ts'
import { type Clock, sleep } from '../kubernetes/clock.ts'
import { type Decision, decide, type Observation, observe } from './decide.ts'
import type { Leadership } from './leadership.ts'
import { acquiredLease, createdLease, type Lease, releasedLease, renewedLease } from './lease.ts'
import type { LeaseStore } from './lease-store.ts'
import { RETRY_JITTER } from './limits.ts'
import type { ElectionTiming } from './timing.ts'

/** What an election works with. */
export interface ElectionOptions {
  readonly store: LeaseStore
  /** Is told of each term. */
  readonly leadership: Leadership
  /** Who we are: no other candidate, at no time, has the same name. */
  readonly identity: string
  readonly timing: ElectionTiming
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Contends for the lease, as client-go's tools/leaderelection does, again and again until it is stopped. A holder renews it; the others
 * take it when it is free or when its holder has not been heard of for the time of the lease. No two clocks are compared: each candidate
 * counts from what it has seen itself, the holder from before its request, the others from after their answer.
 */
export class Election {
  readonly #options: ElectionOptions
  readonly #stopping = new AbortController()
  #observation: Observation | undefined
  #running: Promise<void> | undefined
  #trouble: string | undefined

  constructor(options: ElectionOptions) {
    this.#options = options
  }

  /** What keeps it from contending; undefined: nothing. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Begins to contend. */
  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run()
  }

  /** Ends the term, if there is one, and lets another candidate have the lease at once. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#release()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs()
      await this.#try()
      await sleep(clock, this.#pauseMs(startedMs), signal)
    }
  }

  /** Time to the next try, after one that began at `startedMs`. */
  #pauseMs(startedMs: number): number {
    const { clock, random, timing, leadership } = this.#options
    const spread = 1 + RETRY_JITTER * (2 * random() - 1)
    const nowMs = clock.monotonicMs()
    const dueMs = startedMs + timing.retryMs * spread
    const takenUntilMs = this.#observation?.takenUntilMs ?? nowMs
    // A lease that runs out is taken then, not some time later.
    const isWorthWaiting = !leadership.isHeld && takenUntilMs > nowMs
    return Math.max(0, (isWorthWaiting ? Math.min(dueMs, takenUntilMs) : dueMs) - nowMs)
  }

  async #try(): Promise<void> {
    try {
      await this.#contend()
      this.#trouble = undefined
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // Another candidate was faster: that is what elections are about.
      if (error.isConflict) return
      // The same trouble once more is no news.
      const say = error.message === this.#trouble ? 'debug' : 'warn'
      this.#trouble = error.message
      this.#options.logger[say]({ code: error.code }, `leader election: ${error.message}`)
    }
  }

  async #contend(): Promise<void> {
    const { leadership, identity, clock } = this.#options
    // Fast path: a holder knows the version of the lease, which it has written itself.
    if (leadership.isHeld && (await this.#renewKnown())) return
    const observation = await this.#look()
    const decision = decide(observation, { identity, leads: leadership.isHeld }, clock.monotonicMs())
    if (decision === 'lost') leadership.end(`the lease is held by ${observation.lease?.holder || 'nobody'}`)
    else if (decision !== 'wait') await this.#write(decision, observation.lease)
  }

  /** Resolves with false when the lease is not what we know. */
  async #renewKnown(): Promise<boolean> {
    const lease = this.#observation?.lease
    if (lease?.holder !== this.#options.identity) return false
    try {
      await this.#write('renew', lease)
      return true
    } catch (error) {
      if (!(error instanceof ApiError && (error.isConflict || error.isNotFound))) throw error
      return false
    }
  }

  async #look(): Promise<Observation> {
    const { store, clock } = this.#options
    const lease = await this.#inTime(signal => store.read(signal))
    this.#observation = observe(this.#observation, lease, clock.monotonicMs())
    return this.#observation
  }

  async #write(decision: Exclude<Decision, 'wait' | 'lost'>, lease: Lease | undefined): Promise<void> {
    const { store, leadership, timing, clock } = this.#options
    const body = this.#desired(decision, lease)
    const startedMs = clock.monotonicMs()
    const written = await this.#inTime(signal =>
      decision === 'create' ? store.create(body, signal) : store.update(body, signal),
    )
    this.#observation = observe(this.#observation, written, clock.monotonicMs())
    leadership.extend(startedMs + timing.renewDeadlineMs)
  }

  #desired(decision: Exclude<Decision, 'wait' | 'lost'>, lease: Lease | undefined): object {
    const { identity, timing, clock } = this.#options
    const claim = { identity, leaseSeconds: timing.leaseSeconds, now: new Date(clock.now()) }
    if (lease === undefined) return createdLease(claim)
    return decision === 'renew' ? renewedLease(lease, claim) : acquiredLease(lease, claim)
  }

  async #release(): Promise<void> {
    const { leadership, logger } = this.#options
    const lease = leadership.isHeld ? this.#observation?.lease : undefined
    leadership.end('the operator ends')
    if (lease === undefined) return
    try {
      await this.#giveUp(lease)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      logger.warn({ code: error.code }, `the lease was not released: ${error.message}`)
    }
  }

  async #giveUp(known: Lease): Promise<void> {
    const { identity, store, clock } = this.#options
    const update = (lease: Lease): Promise<Lease> =>
      this.#inTime(signal => store.update(releasedLease(lease, new Date(clock.now())), signal))
    try {
      await update(known)
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict)) throw error
      // The answer to our last renewal may have been lost.
      const { lease } = await this.#look()
      if (lease?.holder === identity) await update(lease)
    }
  }

  /** Has the request end after its time, whatever the API server does. */
  async #inTime<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, timing } = this.#options
    const deadline = new AbortController()
    const late = Promise.withResolvers<never>()
    const cancel = clock.after(timing.requestMsMax, () => {
      const message = `no answer about the lease within ${timing.requestMsMax} ms`
      const error = new ApiError('E_API_UNREACHABLE', message)
      late.reject(error)
      deadline.abort(error)
    })
    try {
      return await Promise.race([request(deadline.signal), late.promise])
    } finally {
      cancel()
    }
  }
}
