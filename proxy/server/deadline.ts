import { UpstreamError } from '../upstream/errors.ts'
import { ClientGoneError } from './errors.ts'

const SECONDS = new Intl.NumberFormat('en', { maximumFractionDigits: 3, useGrouping: false })

/** Made once: nobody is told of it, and every scrape ends. */
const IS_OVER = new Error('the scrape is over')

/** How far a scrape has come, for the message when its time is up. */
export interface ScrapeProgress {
  bytesIn: number
  answered: boolean
}

/**
 * Ends a scrape when its time is up or its client is gone: the signal's reason is the error to report. `end` must be
 * called when the scrape is over; it also ends what is still under way.
 */
export class ScrapeDeadline {
  readonly signal: AbortSignal
  readonly progress: ScrapeProgress = { bytesIn: 0, answered: false }
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #client: AbortSignal

  constructor(url: string, timeoutMs: number, client: AbortSignal) {
    this.signal = this.#controller.signal
    this.#client = client
    this.#timer = setTimeout(() => this.#controller.abort(this.#timeout(url, timeoutMs)), timeoutMs)
    client.addEventListener('abort', this.#onClientGone, { once: true })
    if (client.aborted) this.#onClientGone()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#client.removeEventListener('abort', this.#onClientGone)
    this.#controller.abort(IS_OVER)
  }

  readonly #onClientGone = (): void => this.#controller.abort(new ClientGoneError())

  #timeout(url: string, timeoutMs: number): UpstreamError {
    const within = `within ${SECONDS.format(timeoutMs / 1000)} s`
    const { answered, bytesIn } = this.progress
    const what = answered
      ? `the response was not complete ${within} (${bytesIn} bytes had come)`
      : `no response ${within}`
    return new UpstreamError('E_UPSTREAM_TIMEOUT', `upstream ${url}: ${what}`)
  }
}
