import type { WatchOptions } from '../config/watch.ts'
import { Policies, type PolicyProviderConfig } from './policies.ts'
import type { ResourceAttributes } from './prometheus-fields.ts'
import type { Clock } from './providers/clock.ts'
import type { PolicyLog, ProviderStatus } from './providers/health.ts'
import type { Random } from './providers/http/schedule.ts'
import type { RegisteredPolicy } from './registry.ts'
import { type PolicyReport, reportPolicies } from './report.ts'
import { clientIdentity, resourceAttributes, type ServiceIdentity } from './resource.ts'
import { NO_POLICIES, SeriesPolicies } from './series-policies.ts'

/** What a configuration says about policies. */
export interface PolicySettings {
  /** The policies that stand in it, as they are written; undefined if there is no place for any. */
  readonly inline: readonly unknown[] | undefined
  readonly providers: readonly PolicyProviderConfig[]
  readonly service: ServiceIdentity
}

/** What a host needs of its surroundings. */
export interface PolicyHostOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: PolicyLog
  readonly env: Readonly<Record<string, string | undefined>>
  /** Who asks policy servers, where nothing else is known. */
  readonly proxy: { readonly version: string; readonly instanceId: string }
  /** Told when `series` is other policies than before, by what a provider gave. */
  readonly onChange: () => void
  readonly watch?: WatchOptions
}

/** Settings as a text, equal for those that are equal. */
function fingerprintOf(settings: PolicySettings): string {
  return JSON.stringify(settings, (_, value: unknown) => {
    if (value instanceof Map) return [...value]
    return typeof value === 'bigint' ? `${value}n` : value
  })
}

/**
 * The policies of the configuration at work. A new configuration that says the same about policies keeps them, with what
 * they have counted; otherwise all providers begin anew.
 */
export class PolicyHost {
  readonly #options: PolicyHostOptions
  #fingerprint = ''
  #policies: Policies | undefined
  #resource: ResourceAttributes = new Map()
  #series = NO_POLICIES

  constructor(options: PolicyHostOptions) {
    this.#options = options
  }

  /** What the gate asks. Another object when the policies are others. */
  get series(): SeriesPolicies {
    return this.#series
  }

  /** All policies, those without an effect as well. */
  get policies(): readonly RegisteredPolicy[] {
    return this.#policies?.policies ?? []
  }

  get providers(): readonly ProviderStatus[] {
    return this.#policies?.providers ?? []
  }

  /** What `/_policies` says. */
  get report(): PolicyReport {
    return reportPolicies(this.policies, this.providers)
  }

  /** Puts the policies of a configuration to work. Those that stand in it are in `series` at once. */
  use(settings: PolicySettings): void {
    const fingerprint = fingerprintOf(settings)
    if (fingerprint === this.#fingerprint) return
    this.close()
    this.#fingerprint = fingerprint
    const { env, proxy, onChange, ...surroundings } = this.#options
    const { inline, providers, service } = settings
    this.#resource = resourceAttributes(service, env)
    const client = clientIdentity(this.#resource, service.labels, proxy)
    let isStarting = true
    const policies = new Policies({
      ...surroundings,
      inline,
      providers,
      client,
      onChange: () => {
        // What an old provider was about to give comes too late.
        if (isStarting || policies !== this.#policies) return
        this.#series = new SeriesPolicies(policies.set, this.#resource)
        onChange()
      },
    })
    this.#policies = policies
    policies.start()
    isStarting = false
    this.#series = new SeriesPolicies(policies.set, this.#resource)
  }

  /** Asks providers no more. */
  close(): void {
    this.#policies?.close()
  }
}
