import { messageOf } from '../../errors.ts'
import { type PolicyErrorCode, PolicyProviderError } from '../errors.ts'

/** The parts of a logger that providers use. */
export interface PolicyLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

/** Why a provider gives nothing new. */
export interface ProviderProblem {
  readonly code: PolicyErrorCode | 'E_INTERNAL'
  readonly message: string
  /** Milliseconds since 1970. */
  readonly sinceMs: number
}

/** How a provider does. */
export interface ProviderStatus {
  readonly id: string
  readonly type: 'inline' | 'file' | 'http'
  /** The path or URL, without what could be a secret. */
  readonly source: string
  /** `pending` until it has given policies for the first time; then whether it did so when last asked. */
  readonly state: 'pending' | 'ok' | 'failing'
  /** Milliseconds since 1970, of the last time that it was asked with success. */
  readonly lastSuccessMs: number | undefined
  readonly problem: ProviderProblem | undefined
  /** How often it was asked with success and without, since the program began. */
  readonly successes: number
  readonly failures: number
}

type Identity = Pick<ProviderStatus, 'id' | 'type' | 'source'>

/** Keeps account of how a provider does, and says in the log when that changes. */
export class ProviderHealth {
  readonly #identity: Identity
  readonly #now: () => number
  readonly #log: PolicyLog
  #lastSuccessMs: number | undefined
  #problem: ProviderProblem | undefined
  #successes = 0
  #failures = 0

  constructor(identity: Identity, now: () => number, log: PolicyLog) {
    this.#identity = identity
    this.#now = now
    this.#log = log
  }

  get status(): ProviderStatus {
    const seen = this.#lastSuccessMs === undefined ? 'pending' : 'ok'
    return {
      ...this.#identity,
      state: this.#problem === undefined ? seen : 'failing',
      lastSuccessMs: this.#lastSuccessMs,
      problem: this.#problem,
      successes: this.#successes,
      failures: this.#failures,
    }
  }

  /** The provider was asked with success. `policies`: how many it has, if they are other ones than before. */
  succeeded(policies: number | undefined): void {
    const { id: provider, source } = this.#identity
    if (policies !== undefined) this.#log.info({ provider, source, policies }, 'policies received')
    else if (this.#problem !== undefined) this.#log.info({ provider, source }, 'policies are in sync again')
    this.#successes++
    this.#lastSuccessMs = this.#now()
    this.#problem = undefined
  }

  /** It was asked without. The same kind of problem is said once. */
  failed(error: unknown): void {
    const code = error instanceof PolicyProviderError ? error.code : 'E_INTERNAL'
    const message = messageOf(error)
    this.#failures++
    const isNew = this.#problem?.code !== code
    this.#problem = { code, message, sinceMs: this.#problem?.sinceMs ?? this.#now() }
    if (!isNew) return
    const kept = this.#lastSuccessMs === undefined ? 'it has none so far' : 'the last good ones stay'
    const details = { provider: this.#identity.id, code, ...(code === 'E_INTERNAL' && { err: error }) }
    this.#log.warn(details, `policies cannot be had, ${kept}: ${message}`)
  }
}
