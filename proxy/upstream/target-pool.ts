import { type Endpoint, instanceOf, reachedUrl } from './discovery/endpoint.ts'
import { receiveBuffer } from './http1/receive-buffer.ts'
import { openUpstream } from './open.ts'
import type { TlsOptions } from './tls-options.ts'
import type { Upstream } from './upstream.ts'

/** One of several processes that are scraped together. */
export interface Target {
  /** Its address, by which it is known from round to round, and to people. */
  readonly id: string
  readonly upstream: Upstream
}

/**
 * The targets of a gate and their connections, which are kept from round to round and closed when a target has left. Where a
 * gate has several upstreams a target is known by its URL, since they can share an address; else by host and port.
 */
export class TargetPool {
  readonly #tls: TlsOptions
  readonly #idOf: (endpoint: Endpoint) => string
  /** Not the memory of a kernel: which one reads a body depends on its format and on the client's query. */
  readonly #receive = receiveBuffer()
  readonly #targets = new Map<string, Target>()

  constructor(upstreams: number, tls: TlsOptions) {
    this.#tls = tls
    this.#idOf = upstreams === 1 ? instanceOf : reachedUrl
  }

  /** The targets of the last update, ordered by id. */
  get targets(): readonly Target[] {
    return [...this.#targets.values()]
  }

  /** Makes the endpoints the targets, each once, ordered by id. */
  async update(endpoints: readonly Endpoint[]): Promise<readonly Target[]> {
    const byId = new Map(endpoints.map(endpoint => [this.#idOf(endpoint), endpoint]))
    const before = new Map(this.#targets)
    this.#targets.clear()
    for (const [id, endpoint] of [...byId].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const known = before.get(id)
      const upstream =
        known?.upstream ?? (await openUpstream({ ...this.#tls, ...endpoint, receive: this.#receive }))
      this.#targets.set(id, { id, upstream })
      before.delete(id)
    }
    // Not awaited: somebody may be looking at the source of one. What does not close well is closed all the same.
    void Promise.allSettled([...before.values()].map(({ upstream }) => upstream.close()))
    return this.targets
  }

  /** Closes all connections, when requests in flight have finished. */
  async close(): Promise<void> {
    await Promise.all(this.targets.map(({ upstream }) => upstream.close()))
  }
}
