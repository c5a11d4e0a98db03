import type { Target } from '../upstream/target-pool.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { GateParts } from './gate-parts.ts'
import { type ScrapeContext, scrapeOnce } from './scrape.ts'
import { type ScrapeRequest, sharingKeyOf, timeoutOf } from './scrape-request.ts'
import type { Reading, Scraper } from './scraper.ts'
import { type BeginScrape, SharedScrapes, type Sharing } from './shared-scrapes.ts'
import type { Snapshot } from './snapshots.ts'

/** Scrapes one upstream, whose metrics pass through the rules while they arrive. */
export class UpstreamScraper implements Scraper {
  readonly #gate: GateParts
  readonly #upstream: Upstream
  readonly #shared = new SharedScrapes()

  constructor(gate: GateParts, upstream: Upstream) {
    this.#gate = gate
    this.#upstream = upstream
  }

  read(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Reading {
    const { head, broadcast } = this.#shared.whole(
      this.#sharing(request, context),
      this.#begin(request, context),
    )
    return { head, body: broadcast.read(client) }
  }

  refresh(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Promise<Snapshot> {
    const sharing = this.#sharing(request, context)
    return this.#shared.any(sharing, this.#begin(request, context)).broadcast.result(client)
  }

  async targets(): Promise<readonly Target[]> {
    return [{ id: this.#upstream.url, upstream: this.#upstream }]
  }

  close(): Promise<void> {
    return this.#upstream.close()
  }

  #sharing(request: ScrapeRequest, { monotonicMs, onJoined }: ScrapeContext): Sharing {
    const { config } = this.#gate
    return {
      key: sharingKeyOf(request, config),
      timeoutMs: timeoutOf(request, config),
      nowMs: monotonicMs(),
      onJoined,
    }
  }

  #begin(request: ScrapeRequest, context: ScrapeContext): BeginScrape {
    return (signal, head, pool) =>
      scrapeOnce({ gate: this.#gate, upstream: this.#upstream, request, signal, head, pool }, context)
  }
}
