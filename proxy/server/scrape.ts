import { formatContentType } from '../exposition/format.ts'
import { type AnyScrape, openScrape as openGateScrape } from '../gate/open-scrape.ts'
import type { ScrapeStats } from '../gate/stats.ts'
import type { UpstreamBody } from '../upstream/upstream.ts'
import { ScrapeDeadline } from './deadline.ts'
import { ClientGoneError } from './errors.ts'
import type { Gate } from './gate.ts'
import { type OpenExposition, openExposition } from './open-upstream.ts'
import { audienceOf, type ScrapeRequest, timeoutOf } from './scrape-request.ts'
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
  /** Told once about each scrape when it is over. */
  readonly onOutcome: (outcome: ScrapeOutcome) => void
}

/** The main output of a scrape that is under way. */
export interface OpenScrape {
  readonly contentType: string | undefined
  /**
   * Has to be iterated over, or ended by its `return` once it has begun. Returns the subsets when it has ended. Throws
   * UpstreamError, LimitExceededError or ClientGoneError; before its first chunk as well as later.
   */
  readonly main: AsyncGenerator<Uint8Array, Snapshot, undefined>
}

/**
 * Scrapes the upstream once and filters what comes. The first chunk of the main output is ready as soon as the rules
 * allow it; the subsets are published when the body has ended well.
 *
 * @throws {UpstreamError} if no exposition comes; {ClientGoneError} if `client` is aborted before
 */
export async function openScrape(
  gate: Gate,
  request: ScrapeRequest,
  client: AbortSignal,
  context: ScrapeContext,
): Promise<OpenScrape> {
  const startedAtMs = context.now()
  const deadline = new ScrapeDeadline(gate.upstream.url, timeoutOf(request, gate.config), client)
  const report = (stats: ScrapeStats | undefined, error: unknown): void => {
    deadline.end()
    const endedAtMs = context.now()
    context.onOutcome({ durationMs: endedAtMs - startedAtMs, endedAtMs, stats, error })
  }
  try {
    const exposition = await openExposition(gate, request, deadline)
    const contentType = contentTypeOf(exposition)
    const publish = (subsets: Snapshot['subsets']): Snapshot => {
      const { mediaType } = exposition.type
      const audience = audienceOf(request, gate.config)
      const snapshot = { audience, contentType, mediaType, takenAtMs: context.now(), subsets }
      gate.snapshots.publish(snapshot)
      return snapshot
    }
    return { contentType, main: filter(gate, exposition, publish, report) }
  } catch (error) {
    report(undefined, error)
    throw error
  }
}

function contentTypeOf({ header, type }: OpenExposition): string | undefined {
  return header === undefined ? undefined : formatContentType(type)
}

async function* filter(
  gate: Gate,
  exposition: OpenExposition,
  publish: (subsets: Snapshot['subsets']) => Snapshot,
  report: (stats: ScrapeStats, error: unknown) => void,
): AsyncGenerator<Uint8Array, Snapshot, undefined> {
  const scrape = openGateScrape(gate.program, exposition.type.format, gate.config.limits)
  // Whoever stops reading before the end is a client that is gone.
  let error: unknown = new ClientGoneError()
  try {
    yield* pumpThrough(scrape, exposition.body)
    const { main, subsets } = scrape.finish()
    const snapshot = publish(subsets)
    yield* main
    error = undefined
    return snapshot
  } catch (thrown) {
    error = thrown
    throw thrown
  } finally {
    scrape.close()
    report(scrape.stats, error)
  }
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
