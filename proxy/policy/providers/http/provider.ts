import { createHash } from 'node:crypto'
import type { PolicyReading } from '../../policy.ts'
import type { RegisteredPolicy } from '../../registry.ts'
import type { Clock } from '../clock.ts'
import { type PolicyLog, ProviderHealth, type ProviderStatus } from '../health.ts'
import type { PolicyProvider, ReplacePolicies } from '../provider.ts'
import { decodeResponse, type Encoding, encodeRequest, MEDIA_TYPES } from './encoding.ts'
import {
  type ClientIdentity,
  readSyncAnswer,
  type SyncAnswer,
  type SyncState,
  syncRequest,
} from './messages.ts'
import { HttpPoster, withoutSecrets } from './post.ts'
import { intervalMs, type Random, retryMs } from './schedule.ts'
import { UnreportedCounts } from './unreported.ts'

/** What an HTTP provider is made of. */
export interface HttpProviderOptions {
  readonly id: string
  readonly url: string
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Time between syncs, in milliseconds; undefined to follow the server's recommendation. */
  readonly pollIntervalMs: number | undefined
  /** Of requests; answers say theirs. */
  readonly encoding: Encoding
  readonly client: ClientIdentity
  readonly replace: ReplacePolicies
  /** The policies that came from here, with their counts. */
  readonly policies: () => readonly RegisteredPolicy[]
  readonly clock: Clock
  readonly random: Random
  readonly log: PolicyLog
}

const FIRST: SyncState = { hash: '', timestampUnixNano: '0' }

/** Asks a policy server for its policies, and tells it what became of them, time and again. */
export class HttpProvider implements PolicyProvider {
  readonly #options: HttpProviderOptions
  readonly #source: string
  readonly #health: ProviderHealth
  readonly #poster: HttpPoster
  readonly #unreported = new UnreportedCounts()
  readonly #closed = new AbortController()
  #state = FIRST
  /** Of the policies at work, for servers that give no hash. */
  #fingerprint = ''
  #recommendedMs: number | undefined
  #failures = 0
  #cancelNext: () => void = () => undefined

  constructor(options: HttpProviderOptions) {
    this.#options = options
    const { id, url, clock, log } = options
    this.#source = withoutSecrets(url)
    this.#health = new ProviderHealth({ id, type: 'http', source: this.#source }, () => clock.now(), log)
    this.#poster = new HttpPoster(url, clock.after)
  }

  get status(): ProviderStatus {
    return this.#health.status
  }

  start(): void {
    void this.#run()
  }

  close(): void {
    this.#cancelNext()
    this.#closed.abort()
    void this.#poster.close()
  }

  /** Syncs once, and plans the next time. Never rejects. */
  async #run(): Promise<void> {
    try {
      const changed = await this.#sync()
      this.#failures = 0
      this.#health.succeeded(changed)
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#failures++
      this.#health.failed(error)
    }
    if (this.#closed.signal.aborted) return
    this.#cancelNext = this.#options.clock.after(this.#delayMs(), () => void this.#run())
  }

  #delayMs(): number {
    const { pollIntervalMs, random } = this.#options
    return this.#failures > 0
      ? retryMs(this.#failures, random)
      : intervalMs(pollIntervalMs, this.#recommendedMs, random)
  }

  /**
   * One exchange with the server: how many policies it has, if they are other ones than before.
   *
   * @throws {PolicyProviderError}
   */
  async #sync(): Promise<number | undefined> {
    const { client, policies } = this.#options
    const report = this.#unreported.report(policies())
    const answer = await this.#exchange(
      encodeRequest(syncRequest(client, this.#state, report.statuses), this.#encoding),
    )
    const readings = this.#isKnown(answer) ? undefined : answer.readPolicies()
    report.received()
    this.#recommendedMs = answer.recommendedIntervalMs
    const changed = readings === undefined ? undefined : this.#use(readings)
    this.#state = { hash: answer.hash, timestampUnixNano: answer.timestampUnixNano }
    return changed
  }

  get #encoding(): Encoding {
    return this.#options.encoding
  }

  async #exchange(body: Uint8Array): Promise<SyncAnswer> {
    const mediaType = MEDIA_TYPES[this.#encoding]
    const own = this.#options.headers.map(({ name, value }) => [name.toLowerCase(), value] as const)
    const headers = { ...Object.fromEntries(own), 'content-type': mediaType, accept: mediaType }
    const answer = await this.#poster.post({ headers, body, signal: this.#closed.signal })
    return readSyncAnswer(this.#source, decodeResponse(this.#source, answer.contentType, answer.body))
  }

  #isKnown({ hash }: SyncAnswer): boolean {
    return hash !== '' && hash === this.#state.hash
  }

  /** Puts policies to work, unless they are those that are; how many. */
  #use(readings: readonly PolicyReading[]): number | undefined {
    const fingerprint = fingerprintOf(readings)
    if (fingerprint === this.#fingerprint) return undefined
    this.#options.replace(readings)
    this.#fingerprint = fingerprint
    return readings.length
  }
}

function fingerprintOf(readings: readonly PolicyReading[]): string {
  // JSON has no bigint, and one null for all numbers that are not finite.
  const text = JSON.stringify(readings, (_, value: unknown) =>
    typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? `${value}n` : value,
  )
  return createHash('sha256').update(text).digest('hex')
}
