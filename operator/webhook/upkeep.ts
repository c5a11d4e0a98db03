import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import type { Random } from '../kubernetes/backoff.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { type RunResult, WorkQueue } from '../kubernetes/work-queue.ts'
import { writeAuthorities } from './certificates/authority.ts'
import type { CertificateKeeper } from './certificates/keeper.ts'
import type { Lifetimes } from './certificates/lifetimes.ts'
import { REGISTRATION_BACKOFF, REPAIR_MS } from './limits.ts'
import type { Registration } from './registration.ts'

/** What is kept up, and by whom. */
export interface UpkeepOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly keeper: CertificateKeeper
  readonly registration: Registration
  readonly lifetimes: Pick<Lifetimes, 'checkMs'>
  /** The leader alone writes. */
  readonly isLeader: () => boolean
  /** The configuration that there should be, with these authorities (PEM); undefined while it is not known. */
  readonly configuration: (authorities: string) => V1MutatingWebhookConfiguration | undefined
}

type Part = 'certificates' | 'configuration'

/**
 * Keeps up the certificates and the webhook configuration: every replica follows both and serves what is trusted; the leader renews the
 * one and repairs the other. They fail apart from each other.
 */
export class Upkeep {
  readonly #options: UpkeepOptions
  readonly #queue: WorkQueue
  readonly #troubles = new Map<string, string>()
  #isSynced = false

  constructor(options: UpkeepOptions) {
    const { clock, random, log } = options
    this.#options = options
    this.#queue = new WorkQueue({
      run: key => this.#run(key as Part),
      concurrency: 1,
      backoff: REGISTRATION_BACKOFF,
      clock,
      random,
      onFailure: (key, err, retryMs) => {
        this.#troubles.set(key, Error.isError(err) ? err.message : String(err))
        log.warn({ err, retryMs }, `could not keep up the ${key} of the webhook`)
      },
    })
  }

  /** Is it known what there is? */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** What keeps the replica from serving a certificate, or the leader from writing; each sentence once. */
  get troubles(): string[] {
    return [...new Set(this.#troubles.values())]
  }

  /** Begins to watch both, and to keep them up when it is known what there is. */
  start(): void {
    const { keeper, registration } = this.#options
    keeper.start()
    registration.start()
    void Promise.all([keeper.synced, registration.synced]).then(() => {
      this.#isSynced = true
      this.sync()
    })
  }

  /** What `configuration` or `isLeader` returns may have changed, or the Secret has. */
  sync(): void {
    this.#queue.add('certificates' satisfies Part)
    this.#queue.add('configuration' satisfies Part)
  }

  /** The configuration has changed: followed at once, but repaired after a moment. */
  configurationChanged(): void {
    this.#queue.add('certificates' satisfies Part)
    this.#queue.addAfter('configuration' satisfies Part, REPAIR_MS)
  }

  /** Since when the configuration has been as it should be, by the clock's `monotonicMs`. Undefined: it is not. */
  servingSinceMs(): number | undefined {
    const desired = this.#desired()
    return desired && this.#options.registration.sinceMs(desired)
  }

  /** Ends all of it; what was written stays. */
  async stop(): Promise<void> {
    const { keeper, registration } = this.#options
    await this.#queue.stop()
    await Promise.all([keeper.stop(), registration.stop()])
  }

  async #run(part: Part): Promise<RunResult> {
    const { keeper, registration, lifetimes, isLeader } = this.#options
    if (!this.#isSynced) return {}
    keeper.observe(registration.trusted)
    let againMs = lifetimes.checkMs
    if (!isLeader()) this.#troubles.clear()
    else if (part === 'certificates') againMs = await keeper.rotate()
    else againMs = await this.#configure()
    this.#troubles.delete(part)
    return { requeueAfterMs: againMs }
  }

  /** Returns after how many ms to look again. */
  async #configure(): Promise<number> {
    const { keeper, registration, lifetimes } = this.#options
    const desired = this.#desired()
    if (desired === undefined || registration.sinceMs(desired) !== undefined) return lifetimes.checkMs
    if (!(await keeper.isCurrent())) return REPAIR_MS
    await registration.apply(desired)
    return lifetimes.checkMs
  }

  /** Undefined while the gates are not known, whose entries must not go, or no authority is. */
  #desired(): V1MutatingWebhookConfiguration | undefined {
    const { keeper, configuration } = this.#options
    return keeper.bundle.length === 0 ? undefined : configuration(writeAuthorities(keeper.bundle))
  }
}
