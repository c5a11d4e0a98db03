import { MalformedTargetError } from '../../aggregate/errors.ts'
import type { Round, TargetScrape } from '../../aggregate/round.ts'
import type { ContentType } from '../../exposition/format.ts'
import { LimitExceededError } from '../../exposition/limit-error.ts'
import { type AnyScrape, openScrape } from '../../gate/open-scrape.ts'
import type { Program } from '../../gate/program.ts'
import { TARGETS_AT_ONCE } from '../../limits.ts'
import { mapConcurrently } from '../../upstream/concurrency.ts'
import { UpstreamError } from '../../upstream/errors.ts'
import type { Target } from '../../upstream/target-pool.ts'
import type { UpstreamRequest } from '../../upstream/upstream.ts'
import { ScrapeDeadline } from '../deadline.ts'
import { openExposition } from '../open-upstream.ts'
import type { TargetOutcome } from './round-report.ts'

/** How targets are asked. */
export interface Collecting {
  readonly request: Omit<UpstreamRequest, 'signal'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** When all targets have to be done, in milliseconds since 1970. */
  readonly deadlineAtMs: number
  /** What is left of each exposition before it is added to the others; undefined: all. */
  readonly filter: Program | undefined
}

/** What came of a target. */
export interface Collected {
  readonly outcome: TargetOutcome
  /** Of the exposition; undefined if none came. */
  readonly type: ContentType | undefined
}

/** The round has its own. */
const NO_LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const

/** Whether the failure is that of a target, and not one of ours. */
function isTargetFailure(error: unknown): boolean {
  return (
    error instanceof UpstreamError ||
    error instanceof LimitExceededError ||
    error instanceof MalformedTargetError
  )
}

/**
 * Scrapes all targets into a round, many at once, each until the deadline at most. Those in `lastFailed` come last: when
 * many do not answer, they hold up each other. Results are in the order of the targets.
 *
 * @throws what is no failure of a target; the round is given up then
 */
export async function collectTargets(
  round: Round,
  targets: readonly Target[],
  lastFailed: ReadonlySet<string>,
  collecting: Collecting,
): Promise<readonly Collected[]> {
  const first = targets.filter(({ id }) => !lastFailed.has(id))
  const last = targets.filter(({ id }) => lastFailed.has(id))
  const controller = new AbortController()
  try {
    const collected = await mapConcurrently([...first, ...last], TARGETS_AT_ONCE, target =>
      collectTarget(round, target, collecting, controller.signal),
    )
    const byId = new Map(collected.map(result => [result.outcome.id, result]))
    return targets.flatMap(({ id }) => byId.get(id) ?? [])
  } catch (error) {
    round.abort()
    controller.abort(error)
    throw error
  }
}

async function collectTarget(
  round: Round,
  { id, upstream }: Target,
  { request, now, deadlineAtMs, filter }: Collecting,
  signal: AbortSignal,
): Promise<Collected> {
  const startedAtMs = now()
  const deadline = new ScrapeDeadline(upstream.url, Math.max(1, deadlineAtMs - startedAtMs), signal)
  let scrape: TargetScrape | undefined
  let filtering: AnyScrape | undefined
  let type: ContentType | undefined
  let error: unknown
  try {
    const exposition = await openExposition(upstream, request, deadline)
    type = exposition.type
    const opened = round.open(id, type.format)
    scrape = opened
    const filtered = filter === undefined ? undefined : openScrape(filter, type.format, NO_LIMITS)
    filtering = filtered
    await exposition.body.pump(chunk => {
      for (const part of filtered?.push(chunk) ?? [chunk]) opened.push(part)
      return true
    })
    for (const part of filtered?.finish().main ?? []) opened.push(part)
    opened.finish()
  } catch (thrown) {
    if (!isTargetFailure(thrown)) throw thrown
    error = thrown
    scrape?.close()
    round.fail(id)
  } finally {
    filtering?.close()
    deadline.end()
  }
  const { samplesIn: samples, bytesIn: bytes } = filtering?.stats ??
    scrape?.stats ?? { samplesIn: 0, bytesIn: 0 }
  return { outcome: { id, durationMs: now() - startedAtMs, samples, bytes, error }, type }
}
