import { createHash } from 'node:crypto'
import { ConfigError } from '../config/error.ts'
import { type ConfigSources, type LoadedConfig, loadConfig } from '../config/load.ts'
import type { ReloadStatus } from './context.ts'
import type { Gate } from './gate.ts'

/** What came of looking at the configuration. */
export type ReloadResult =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'loaded'; readonly gate: Gate }
  | { readonly kind: 'refused'; readonly error: ConfigError }

/** How a reloader reads configurations and sets them to work. Both throw ConfigError. */
export interface ReloaderOptions {
  readonly read: () => Promise<ConfigSources>
  readonly open: (loaded: LoadedConfig) => Promise<Gate>
  /** Milliseconds since 1970. */
  readonly now: () => number
}

function fingerprint({ file, relabel }: ConfigSources): string {
  return createHash('sha256')
    .update(JSON.stringify([file, relabel]))
    .digest('hex')
}

/**
 * Keeps the last good configuration at work. A new one takes its place when its content differs and it is valid;
 * otherwise the old one stays, and the problem shows. What is refused is tried again at each look, because the reason
 * may lie outside of it (a certificate file that comes later).
 */
export class Reloader {
  readonly #options: ReloaderOptions
  #gate: Gate | undefined
  #fingerprint = ''
  #loadedAtMs: number | undefined
  #problem: string | undefined
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: ReloaderOptions) {
    this.#options = options
  }

  /** The gate of the last good configuration. */
  get gate(): Gate | undefined {
    return this.#gate
  }

  get status(): ReloadStatus {
    return { loadedAtMs: this.#loadedAtMs, problem: this.#problem }
  }

  /** Looks at the configuration; one look at a time. A problem that shows already counts as unchanged. */
  look(): Promise<ReloadResult> {
    const result = this.#running.then(() => this.#look())
    this.#running = result.catch(() => undefined)
    return result
  }

  async #look(): Promise<ReloadResult> {
    try {
      const sources = await this.#options.read()
      const found = fingerprint(sources)
      if (this.#gate !== undefined && found === this.#fingerprint && this.#problem === undefined)
        return { kind: 'unchanged' }
      const gate = await this.#options.open(loadConfig(sources))
      this.#gate = gate
      this.#fingerprint = found
      this.#problem = undefined
      this.#loadedAtMs = this.#options.now()
      return { kind: 'loaded', gate }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      if (error.message === this.#problem) return { kind: 'unchanged' }
      this.#problem = error.message
      return { kind: 'refused', error }
    }
  }
}
