import { type ExpositionFormat, formatContentType } from '../exposition/format.ts'
import { type AnyScrape, openScrape } from '../gate/open-scrape.ts'
import type { SlicePool } from '../gate/slice-pool.ts'
import type { ScrapeStats } from '../gate/stats.ts'
import type { Upstream, UpstreamBody } from '../upstream/upstream.ts'
import { ScrapeDeadline } from './deadline.ts'
import { ClientGoneError } from './errors.ts'
import type { GateParts } from './gate-parts.ts'
import { type OpenExposition, openExposition } from './open-upstream.ts'
import { publishSnapshot } from './publish-snapshot.ts'
import type { RoundReport } from './rounds/round-report.ts'
import { type ScrapeRequest, timeoutOf, upstreamHeaders } from './scrape-request.ts'
import type { Snapshot } from './snapshots.ts'

/** What became of one scrape of the upstream. */
export interface ScrapeOutcome {
  readonly durationMs: number
  /** Milliseconds since 1970. */
  readonly endedAtMs: number
  /** Undefined if no exposition came. */
  readonly stats: ScrapeStats | undefined
  /** Undefined if it succeeded. */
  readonly error: unknown
}

/** What a scrape needs of its surroundings. */
export interface ScrapeContext {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds since some moment; never set, unlike the time of day. */
  readonly monotonicMs: () => number
  /** Told once about each scrape, or round of several targets, when it is over. */
  readonly onOutcome: (outcome: ScrapeOutcome) => void
  /** Told about each round, in more words. */
  readonly onRound: (report: RoundReport) => void
  /** Told when a client is served by a scrape that another one began. */
  readonly onJoined: () => void
}

/** What is known of the answer when its first slice has come. */
export interface ScrapeHead {
  contentType: string | undefined
  format: ExpositionFormat
}

/** Nothing is known yet. */
export function emptyHead(): ScrapeHead {
  return { contentType: undefined, format: 'text' }
}

/** One scrape to be made. */
export interface ScrapeTask {
  readonly gate: GateParts
  readonly upstream: Upstream
  readonly request: ScrapeRequest
  /** Ends it. */
  readonly signal: AbortSignal
  /** Filled in before the first slice. */
  readonly head: ScrapeHead
  /** Where the memory of the main output comes from, to which its reader may give it back. */
  readonly pool: SlicePool
}

/**
 * Scrapes an upstream once and filters what comes: the main output as soon as the rules allow it. The subsets are
 * published when the body has ended well, and returned.
 *
 * @throws {UpstreamError} {LimitExceededError}, or the reason of `signal`; before the first slice as well as later
 */
export async function* scrapeOnce(
  { gate, upstream, request, signal, head, pool }: ScrapeTask,
  context: ScrapeContext,
): AsyncGenerator<Uint8Array, Snapshot, undefined> {
  const { config, program } = gate
  const startedAtMs = context.now()
  const deadline = new ScrapeDeadline(upstream.url, timeoutOf(request, config), signal)
  let scrape: AnyScrape | undefined
  let end: { readonly error: unknown } | undefined
  try {
    const headers = await upstreamHeaders(request, config)
    const exposition = await openExposition(upstream, { headers, query: request.query }, deadline)
    head.contentType = contentTypeOf(exposition)
    head.format = exposition.type.format
    scrape = openScrape(program, exposition.type.format, config.limits, pool)
    yield* pumpThrough(scrape, exposition.body)
    const { main, subsets } = scrape.finish()
    const { type } = exposition
    const taken = { contentType: head.contentType, type, takenAtMs: context.now(), subsets }
    const snapshot = publishSnapshot(gate, request, taken)
    yield* main
    end = { error: undefined }
    return snapshot
  } catch (error) {
    end = { error }
    throw error
  } finally {
    scrape?.close()
    deadline.end()
    const endedAtMs = context.now()
    // Whoever stops reading before the end is a client that is gone.
    const { error } = end ?? { error: new ClientGoneError() }
    context.onOutcome({ durationMs: endedAtMs - startedAtMs, endedAtMs, stats: scrape?.stats, error })
  }
}

function contentTypeOf({ header, type }: OpenExposition): string | undefined {
  return header === undefined ? undefined : formatContentType(type)
}

/**
 * Hands a body to a scrape until it has ended, or the input limit has cut it. What is ready of the main output comes out;
 * meanwhile the upstream waits.
 */
async function* pumpThrough(
  scrape: AnyScrape,
  body: UpstreamBody,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ready: Uint8Array[] = []
  const take = (chunk: Uint8Array): boolean => {
    ready.push(...scrape.push(chunk))
    return ready.length === 0 && !scrape.stats.truncatedInput
  }
  let ended = false
  while (!ended && !scrape.stats.truncatedInput) {
    ended = await body.pump(take)
    yield* ready.splice(0)
  }
}
