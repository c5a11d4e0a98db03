import { readPolicies } from '../schema/document.ts'
import { type PolicyLog, ProviderHealth, type ProviderStatus } from './health.ts'
import type { PolicyProvider, ReplacePolicies } from './provider.ts'

/** Id of the provider of the policies that stand in the configuration itself. */
export const INLINE = 'inline'

/** What an inline provider is made of. */
export interface InlineProviderOptions {
  /** As they are written in the configuration. */
  readonly policies: readonly unknown[]
  readonly replace: ReplacePolicies
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: PolicyLog
}

/** Policies of the configuration: they are there from the start, and stay. */
export class InlineProvider implements PolicyProvider {
  readonly #options: InlineProviderOptions
  readonly #health: ProviderHealth

  constructor(options: InlineProviderOptions) {
    this.#options = options
    this.#health = new ProviderHealth(
      { id: INLINE, type: 'inline', source: 'policies' },
      options.now,
      options.log,
    )
  }

  get status(): ProviderStatus {
    return this.#health.status
  }

  start(): void {
    const { policies, replace } = this.#options
    try {
      const readings = readPolicies('policies', policies)
      replace(readings)
      this.#health.succeeded(readings.length)
    } catch (error) {
      this.#health.failed(error)
    }
  }

  close(): void {
    // Nothing is under way.
  }
}
