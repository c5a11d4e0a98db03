import * as z from 'zod'
import { type ApiClient, LIST_METADATA, OBJECT_METADATA } from './api-client.ts'
import { ApiError } from './api-error.ts'
import type { Random } from './backoff.ts'
import { LIST_PAGE_SIZE, WATCH_SECONDS_MIN, WATCH_SILENCE_MS_MAX } from './limits.ts'
import { readWatchEvents, type WatchEvent } from './watch-stream.ts'

/** Which objects are meant. */
export interface CollectionOptions {
  readonly client: ApiClient
  /** Path of the collection, such as /api/v1/pods. */
  readonly path: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Ask for metadata only: objects come as `PartialObjectMetadata`. */
  readonly metadataOnly?: boolean
  readonly random: Random
  /** Default WATCH_SILENCE_MS_MAX. */
  readonly silenceMsMax?: number
}

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().default('') }),
  items: z.array(z.unknown()).nullable(),
})
type List = z.output<typeof listSchema>

/** The objects of one kind (or those that selectors choose) at the API server: to list, and to watch. */
export class Collection {
  readonly path: string
  readonly #options: CollectionOptions

  constructor(options: CollectionOptions) {
    this.#options = options
    this.path = options.path
  }

  /**
   * Lists in pages of LIST_PAGE_SIZE and hands each to `onPage`; resolves with the resource version to watch from. When the
   * snapshot expires before the last page, `onPage` gets everything once more, after a call of `onRestart`. Throws ApiError.
   */
  async list(
    onPage: (objects: unknown[]) => void,
    onRestart: () => void,
    signal: AbortSignal,
  ): Promise<string> {
    let page = await this.#page({ limit: LIST_PAGE_SIZE }, signal)
    for (;;) {
      onPage(page.items ?? [])
      const token = page.metadata.continue
      if (token === '') return page.metadata.resourceVersion
      page = await this.#page({ limit: LIST_PAGE_SIZE, continue: token }, signal).catch((error: unknown) => {
        if (!(error instanceof ApiError && error.requiresRelist)) throw error
        // The pages outlived their snapshot: all objects in one answer, as client-go does.
        onRestart()
        return this.#page({}, signal)
      })
    }
  }

  /** Watches from a resource version on, until the server ends it. Throws ApiError, 410 Gone as well. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent, void> {
    const { client, random, silenceMsMax = WATCH_SILENCE_MS_MAX } = this.#options
    const query = {
      ...this.#selectors(),
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds: Math.round(WATCH_SECONDS_MIN * (1 + random())),
    }
    const request = { path: this.path, query, accept: this.#accept(OBJECT_METADATA), signal }
    return readWatchEvents(client.stream(request, silenceMsMax), `WATCH ${this.path}`)
  }

  async #page(window: { limit?: number; continue?: string }, signal: AbortSignal): Promise<List> {
    const query = { ...this.#selectors(), ...window }
    const request = { path: this.path, query, accept: this.#accept(LIST_METADATA), signal }
    const list = listSchema.safeParse(await this.#options.client.json(request))
    if (list.success) return list.data
    throw new ApiError(
      'E_API_RESPONSE',
      `GET ${this.path}: the answer is no list: ${z.prettifyError(list.error)}`,
    )
  }

  #selectors(): Record<string, string | undefined> {
    const { labelSelector, fieldSelector } = this.#options
    return { labelSelector, fieldSelector }
  }

  #accept(metadata: string): string {
    return this.#options.metadataOnly === true ? metadata : 'application/json'
  }
}
