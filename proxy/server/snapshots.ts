import type { ContentType } from '../exposition/format.ts'

/** The subsets as one scrape left them. */
export interface Snapshot {
  /** Who may see it; see audienceOf. */
  readonly audience: string
  /** What the upstream was asked for; see rewriteAccept. */
  readonly accept: string
  readonly contentType: string | undefined
  readonly type: ContentType
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

  /** The last complete scrape, whoever asked for it. */
  get latest(): Snapshot | undefined {
    return this.#latest
  }

  publish(snapshot: Snapshot): void {
    this.#latest = snapshot
  }
}
