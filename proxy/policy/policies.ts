import type { WatchOptions } from '../config/watch.ts'
import type { PolicySet } from './policy-set.ts'
import type { Clock } from './providers/clock.ts'
import { FileProvider } from './providers/file.ts'
import type { PolicyLog, ProviderStatus } from './providers/health.ts'
import type { Encoding } from './providers/http/encoding.ts'
import type { ClientIdentity } from './providers/http/messages.ts'
import { HttpProvider } from './providers/http/provider.ts'
import type { Random } from './providers/http/schedule.ts'
import { INLINE, InlineProvider } from './providers/inline.ts'
import type { PolicyProvider, ReplacePolicies } from './providers/provider.ts'
import { PolicyRegistry, type RegisteredPolicy } from './registry.ts'

/** One source of policies, as configured. */
export type PolicyProviderConfig =
  | { readonly type: 'file'; readonly id: string; readonly path: string; readonly pollIntervalMs?: number }
  | {
      readonly type: 'http'
      readonly id: string
      readonly url: string
      readonly headers: readonly { readonly name: string; readonly value: string }[]
      /** Undefined to follow the server's recommendation. */
      readonly pollIntervalMs?: number
      readonly encoding?: Encoding
    }

/** What policies are made of. */
export interface PoliciesOptions {
  /** The policies in the configuration itself, as they are written there; undefined if there is no place for any. */
  readonly inline: readonly unknown[] | undefined
  /** Their ids are different. Of policies with one id, that of the first provider counts; inline ones come before all. */
  readonly providers: readonly PolicyProviderConfig[]
  readonly client: ClientIdentity
  readonly clock: Clock
  readonly random: Random
  readonly log: PolicyLog
  /** Told of each new set, while it is at work already. */
  readonly onChange: () => void
  readonly watch?: WatchOptions
}

/** The policies of a configuration, from all its providers. */
export class Policies {
  readonly #registry: PolicyRegistry
  readonly #providers: readonly PolicyProvider[]
  readonly #log: PolicyLog

  constructor(options: PoliciesOptions) {
    const { inline, providers, log, onChange } = options
    const inlineIds = inline === undefined ? [] : [INLINE]
    this.#log = log
    this.#registry = new PolicyRegistry([...inlineIds, ...providers.map(({ id }) => id)], onChange)
    this.#providers = [
      ...(inline === undefined ? [] : [this.#openInline(inline, options)]),
      ...providers.map(provider => this.#open(provider, options)),
    ]
  }

  /** The set at work. */
  get set(): PolicySet {
    return this.#registry.set
  }

  /** All policies, those without an effect as well. */
  get policies(): readonly RegisteredPolicy[] {
    return this.#registry.policies
  }

  get providers(): readonly ProviderStatus[] {
    return this.#providers.map(({ status }) => status)
  }

  /** Begins to ask the providers. What they give drops nothing until it is there. */
  start(): void {
    for (const provider of this.#providers) provider.start()
    const awaited = this.providers.filter(({ state }) => state === 'pending').map(({ id }) => id)
    if (awaited.length > 0)
      this.#log.info(
        { providers: awaited },
        'serving without the policies of these providers until they are there',
      )
  }

  /** Asks no more. The set stays as it is. */
  close(): void {
    for (const provider of this.#providers) provider.close()
  }

  #openInline(policies: readonly unknown[], { clock, log }: PoliciesOptions): PolicyProvider {
    return new InlineProvider({ policies, replace: this.#replace(INLINE), now: () => clock.now(), log })
  }

  #open(provider: PolicyProviderConfig, options: PoliciesOptions): PolicyProvider {
    const { id, pollIntervalMs } = provider
    const { clock, random, log, client, watch } = options
    const replace = this.#replace(id)
    if (provider.type === 'file') {
      const polling = pollIntervalMs === undefined ? {} : { pollMs: pollIntervalMs }
      return new FileProvider({
        ...provider,
        replace,
        now: () => clock.now(),
        log,
        watch: { ...polling, ...watch },
      })
    }
    const { url, headers, encoding = 'json' } = provider
    const policies = () => this.#registry.of(id)
    const http = { id, url, headers, pollIntervalMs, encoding }
    return new HttpProvider({ ...http, client, replace, policies, clock, random, log })
  }

  #replace(provider: string): ReplacePolicies {
    return readings => this.#registry.replace(provider, readings)
  }
}
