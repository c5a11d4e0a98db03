import * as z from 'zod'
import { ApiError } from './api-error.ts'
import { backoffMs, type Random } from './backoff.ts'
import { type Clock, sleep } from './clock.ts'
import type { Collection } from './collection.ts'
import {
  ABSENT_KIND_BACKOFF,
  REFUSALS_TO_SETTLE,
  WATCH_BACKOFF,
  WATCH_FAILURES_BEFORE_RELIST,
  WATCH_MS_MIN,
} from './limits.ts'
import { type Change, Store, type Stored } from './store.ts'
import type { WatchEvent } from './watch-stream.ts'

/** Why a list-watch had to begin again, as a value of a metric label. */
export type RestartReason = 'expired' | 'absent' | 'failed'

/** What a list-watch tells its owner. */
export interface ListWatchListener<T> {
  /** A change of one object. What it throws goes to `onError` and stops nothing. */
  readonly onChange: (change: Change<T>) => void
  /** The cluster begins or ceases to have the kind. */
  readonly onAvailability?: (available: boolean) => void
  /** A list or a watch failed and is tried again after `retryMs`. */
  readonly onRestart: (reason: RestartReason, error: ApiError, retryMs: number) => void
  /** What is no failure of the API server: an exception of `onChange`, an object that `read` refuses. */
  readonly onError: (error: unknown) => void
}

/**
 * Reads an object as it comes and keeps of it what is needed; `known` finds what is known of an object so far. Throws when it is not
 * of the kind.
 */
export type ReadObject<T> = (object: unknown, known: (namespace: string, name: string) => T | undefined) => T

/** What is watched, how its objects are read, and who is told. */
export interface ListWatchOptions<T> {
  readonly collection: Collection
  readonly read: ReadObject<T>
  readonly listener: ListWatchListener<T>
  readonly clock: Clock
  readonly random: Random
  /** The longest time after which an absent kind is looked for again; default ABSENT_KIND_BACKOFF.maxMs. */
  readonly absentMsMax?: number
}

const versionSchema = z.object({ metadata: z.object({ resourceVersion: z.string() }) })

/**
 * Keeps a store equal to what the API server holds: lists, watches from the list's resource version, resumes after a disconnect
 * where it was, and lists anew when that version has expired (Kubernetes API concepts, "Efficient detection of changes"). It
 * never gives up: every failure is told to the listener and tried again, with a bounded, jittered backoff. A kind that the
 * cluster does not have is an empty store, and looked for from time to time.
 */
export class ListWatch<T extends Stored> {
  readonly store = new Store<T>()
  /** Resolves when the store first holds what the API server said; that the kind does not exist is an answer too. */
  readonly synced: Promise<void>
  /** Resolves with `synced`, or when the API server has refused the list REFUSALS_TO_SETTLE times in a row: we may not have it. */
  readonly settled: Promise<void>
  readonly #resolveSynced: () => void
  readonly #resolveSettled: () => void
  readonly #options: ListWatchOptions<T>
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #available: boolean | undefined
  #isSettled = false
  #trouble: ApiError | undefined
  #resourceVersion: string | undefined
  #failures = 0
  #lastProgressMs: number
  #lastActivityMs: number

  constructor(options: ListWatchOptions<T>) {
    const synced = Promise.withResolvers<void>()
    this.synced = synced.promise
    this.#resolveSynced = synced.resolve
    const settled = Promise.withResolvers<void>()
    this.settled = settled.promise
    this.#resolveSettled = settled.resolve
    this.#options = options
    this.#lastProgressMs = options.clock.now()
    this.#lastActivityMs = options.clock.monotonicMs()
  }

  /** Does the cluster have the kind? Undefined until it is known. */
  get available(): boolean | undefined {
    return this.#available
  }

  /** Has `settled` resolved? */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** The last failure, as long as the API server has said nothing about the kind since. */
  get trouble(): ApiError | undefined {
    return this.#trouble
  }

  /** When the API server last said something about the kind, be it a bookmark; in ms since the epoch. */
  get lastProgressMs(): number {
    return this.#lastProgressMs
  }

  /** When the loop last did or heard anything, by the clock's `monotonicMs`; long ago means that it is stuck. */
  get lastActivityMs(): number {
    return this.#lastActivityMs
  }

  /** Begins; a second call does nothing. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Ends the loop with its request and its timer. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#lastActivityMs = this.#options.clock.monotonicMs()
      try {
        this.#resourceVersion ??= await this.#list()
        await this.#watch(this.#resourceVersion)
      } catch (error) {
        if (!signal.aborted) await this.#recover(error)
      }
    }
  }

  async #list(): Promise<string> {
    const objects: T[] = []
    const resourceVersion = await this.#options.collection.list(
      page => {
        this.#progress()
        for (const object of page) this.#read(object, read => objects.push(read))
      },
      () => objects.splice(0),
      this.#stopping.signal,
    )
    this.#replace(objects)
    this.#setAvailable(true)
    return resourceVersion
  }

  async #watch(resourceVersion: string): Promise<void> {
    const { clock, collection } = this.#options
    const startedMs = clock.monotonicMs()
    let events = 0
    try {
      for await (const event of collection.watch(resourceVersion, this.#stopping.signal)) {
        events += 1
        this.#progress()
        this.#take(event)
      }
    } finally {
      // A watch that worked for a while ends what was before it: its end is a first failure again.
      if (events > 0 || clock.monotonicMs() - startedMs >= WATCH_MS_MIN) this.#failures = 0
    }
    if (events === 0 && clock.monotonicMs() - startedMs < WATCH_MS_MIN) {
      throw new ApiError(
        'E_WATCH_ENDED_EARLY',
        `WATCH ${collection.path}: the server ended the watch at once`,
      )
    }
    this.#progress()
  }

  #take(event: WatchEvent): void {
    const version = versionSchema.safeParse(event.object)
    if (!version.success) {
      throw new ApiError(
        'E_WATCH_SYNTAX',
        `WATCH ${this.#options.collection.path}: ${z.prettifyError(version.error)}`,
      )
    }
    if (event.type !== 'BOOKMARK') {
      this.#read(event.object, object => {
        this.#tell(event.type === 'DELETED' ? this.store.delete(object) : this.store.set(object))
      })
    }
    this.#resourceVersion = version.data.metadata.resourceVersion
  }

  async #recover(error: unknown): Promise<void> {
    const { clock, random, listener, absentMsMax = ABSENT_KIND_BACKOFF.maxMs } = this.#options
    const { signal } = this.#stopping
    this.#failures += 1
    if (!(error instanceof ApiError)) {
      listener.onError(error)
      return sleep(clock, backoffMs(this.#failures, WATCH_BACKOFF, random), signal)
    }
    const reason = error.isNotFound ? 'absent' : error.requiresRelist ? 'expired' : 'failed'
    if (reason === 'absent' && this.#resourceVersion === undefined) this.#setAbsent()
    if (reason !== 'failed' || this.#failures >= WATCH_FAILURES_BEFORE_RELIST)
      this.#resourceVersion = undefined
    const backoff =
      reason === 'absent'
        ? { baseMs: Math.min(ABSENT_KIND_BACKOFF.baseMs, absentMsMax), maxMs: absentMsMax }
        : WATCH_BACKOFF
    const retryMs = Math.max(backoffMs(this.#failures, backoff, random), error.retryAfterMs)
    listener.onRestart(reason, error, retryMs)
    if (reason !== 'absent') this.#trouble = error
    if (error.isForbidden && this.#failures >= REFUSALS_TO_SETTLE) this.#settle()
    await sleep(clock, retryMs, signal)
  }

  #setAbsent(): void {
    this.#progress()
    this.#replace([])
    this.#setAvailable(false)
  }

  #replace(objects: readonly T[]): void {
    for (const change of this.store.replace(objects)) this.#tell(change)
  }

  #setAvailable(available: boolean): void {
    const changed = this.#available !== available
    this.#available = available
    if (changed) this.#guard(() => this.#options.listener.onAvailability?.(available))
    this.#resolveSynced()
    this.#settle()
  }

  #settle(): void {
    this.#isSettled = true
    this.#resolveSettled()
  }

  #read(object: unknown, use: (read: T) => void): void {
    this.#guard(() => use(this.#options.read(object, (namespace, name) => this.store.get(namespace, name))))
  }

  #tell(change: Change<T> | undefined): void {
    if (change !== undefined) this.#guard(() => this.#options.listener.onChange(change))
  }

  /** Runs code that is not ours, so that one object or one handler cannot end the loop. */
  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#options.listener.onError(error)
    }
  }

  #progress(): void {
    const { clock } = this.#options
    this.#trouble = undefined
    this.#lastProgressMs = clock.now()
    this.#lastActivityMs = clock.monotonicMs()
  }
}
