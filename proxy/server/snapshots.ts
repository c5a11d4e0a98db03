/** The subsets as one scrape left them. */
export interface Snapshot {
  /** Who may see it; see audienceOf. */
  readonly audience: string
  readonly contentType: string | undefined
  /** Media type in lower case, as the client's Accept names it. */
  readonly mediaType: string
  /** When the scrape had ended, in milliseconds since 1970. */
  readonly takenAtMs: number
  /** Bytes of each subset by its name. */
  readonly subsets: ReadonlyMap<string, Uint8Array>
}

/**
 * The subsets of the last complete scrape. They are replaced all at once, so that readers never see a mixture, and only
 * by a scrape that succeeded.
 */
export class Snapshots {
  #latest: Snapshot | undefined
  readonly #refreshing = new Map<string, Promise<Snapshot>>()

  /** The last complete scrape, whoever asked for it. */
  get latest(): Snapshot | undefined {
    return this.#latest
  }

  publish(snapshot: Snapshot): void {
    this.#latest = snapshot
  }

  /** Runs a scrape that fills the subsets, or joins the one that runs already for the same audience and format. */
  refresh(key: string, run: () => Promise<Snapshot>): Promise<Snapshot> {
    const running = this.#refreshing.get(key)
    if (running !== undefined) return running
    const started = run().finally(() => this.#refreshing.delete(key))
    this.#refreshing.set(key, started)
    return started
  }
}
