import { setImmediate } from 'node:timers/promises'
import type { RoundOutput, RoundStats } from '../../aggregate/aggregator.ts'
import { OUTPUTS_HELD_MAX, ROUNDS_WAITING_MAX } from '../../limits.ts'
import type { TargetDirectory } from '../../upstream/discovery/directory.ts'
import type { Target, TargetPool } from '../../upstream/target-pool.ts'
import { untilAborted } from '../abort.ts'
import { NotReadyError } from '../errors.ts'
import type { GateParts } from '../gate-parts.ts'
import { publishSnapshot } from '../publish-snapshot.ts'
import { emptyHead, type ScrapeContext, type ScrapeHead } from '../scrape.ts'
import { type ScrapeRequest, sharingKeyOf, timeoutOf, upstreamHeaders } from '../scrape-request.ts'
import type { Reading, Scraper } from '../scraper.ts'
import type { Snapshot } from '../snapshots.ts'
import { Aggregators } from './aggregators.ts'
import { type Collected, collectTargets } from './collect.ts'
import { roundContentType } from './content-type.ts'
import { roundFailure } from './failure.ts'
import { type HeldOutput, HeldOutputs } from './held-outputs.ts'
import type { RoundReport, TargetOutcome } from './round-report.ts'
import { scrapeStatsOf } from './scrape-stats.ts'
import { targetMetrics } from './target-metrics.ts'

/** What a round gave. */
interface RoundResult {
  readonly contentType: string
  readonly main: HeldOutput
  readonly snapshot: Snapshot
}

/** How far a round has come. */
interface RoundProgress {
  outcomes: readonly TargetOutcome[]
  stats: RoundStats | undefined
}

/** A round that is under way, or waits for its turn. */
interface Waiting {
  readonly timeoutMs: number
  readonly result: Promise<RoundResult>
}

/**
 * Scrapes several targets in rounds, one round at a time: what counters rose by is reckoned from one round to the next. A
 * round goes on when those who asked for it have left.
 */
export class RoundScraper implements Scraper {
  readonly #gate: GateParts
  readonly #directory: TargetDirectory
  readonly #pool: TargetPool
  readonly #aggregators: Aggregators
  readonly #outputs = new HeldOutputs(OUTPUTS_HELD_MAX)
  readonly #waiting = new Map<string, Waiting>()
  #lastFailed: ReadonlySet<string> = new Set()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(gate: GateParts, directory: TargetDirectory, pool: TargetPool) {
    this.#gate = gate
    this.#directory = directory
    this.#pool = pool
    this.#aggregators = new Aggregators(gate.program, gate.config.aggregation, gate.config.limits)
  }

  read(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Reading {
    const head = emptyHead()
    return { head, body: this.#read(request, client, head, context) }
  }

  async refresh(request: ScrapeRequest, client: AbortSignal, context: ScrapeContext): Promise<Snapshot> {
    return (await untilAborted(() => this.#round(request, context), client)).snapshot
  }

  async targets({ now }: Pick<ScrapeContext, 'now'>): Promise<readonly Target[]> {
    if (this.#pool.targets.length > 0) return this.#pool.targets
    return this.#inTurn(async () =>
      this.#pool.update((await this.#directory.resolve(now(), this.#gate.config.scrapeTimeoutMs)).endpoints),
    )
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#pool.close())
  }

  async *#read(
    request: ScrapeRequest,
    client: AbortSignal,
    head: ScrapeHead,
    context: ScrapeContext,
  ): AsyncGenerator<Uint8Array, Snapshot, undefined> {
    const round = () => this.#round(request, context)
    const { contentType, main, snapshot } = await untilAborted(round, client)
    head.contentType = contentType
    head.format = snapshot.type.format
    yield* main.read()
    return snapshot
  }

  /** The round that is under way for those who may see the same, if it has as much time as this client; or another one. */
  #round(request: ScrapeRequest, context: ScrapeContext): Promise<RoundResult> {
    const { config } = this.#gate
    const key = sharingKeyOf(request, config)
    const timeoutMs = timeoutOf(request, config)
    const known = this.#waiting.get(key)
    if (known !== undefined && known.timeoutMs >= timeoutMs) {
      context.onJoined()
      return known.result
    }
    if (this.#waiting.size >= ROUNDS_WAITING_MAX)
      throw new NotReadyError(`${ROUNDS_WAITING_MAX} rounds are under way or wait for their turn`)
    const startedAtMs = context.now()
    const result = this.#inTurn(() => this.#run(request, startedAtMs, context)).finally(() => {
      if (this.#waiting.get(key)?.result === result) this.#waiting.delete(key)
    })
    this.#waiting.set(key, { timeoutMs, result })
    return result
  }

  /** Runs a task when all that came before have ended. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task)
    this.#turn = result.catch(() => undefined)
    return result
  }

  async #run(request: ScrapeRequest, startedAtMs: number, context: ScrapeContext): Promise<RoundResult> {
    const { config } = this.#gate
    const { endpoints, ...resolution } = await this.#directory.resolve(
      context.now(),
      timeoutOf(request, config),
    )
    const progress: RoundProgress = { outcomes: [], stats: undefined }
    let error: unknown
    try {
      const targets = await this.#pool.update(endpoints)
      const headers = await upstreamHeaders(request, config)
      const round = this.#aggregators.of(request.query, context.now()).beginRound(
        targets.map(({ id }) => id),
        context.now(),
      )
      const deadlineAtMs = startedAtMs + timeoutOf(request, config)
      const collecting = {
        filter: this.#gate.policyFilter,
        request: { headers, query: request.query },
        now: context.now,
        deadlineAtMs,
      }
      const collected = await collectTargets(round, targets, this.#lastFailed, collecting)
      progress.outcomes = collected.map(({ outcome }) => outcome)
      const appendix = config.aggregation.targetMetrics ? targetMetrics(progress.outcomes) : ''
      const output = round.finish(appendix)
      progress.stats = output.stats
      return await this.#render(request, output, collected, context)
    } catch (thrown) {
      progress.stats = undefined
      error = roundFailure(thrown, progress.outcomes, resolution.problems)
      throw error
    } finally {
      this.#report(startedAtMs, resolution, progress, error, context)
    }
  }

  #report(
    startedAtMs: number,
    resolution: RoundReport['resolution'],
    { outcomes: targets, stats }: RoundProgress,
    error: unknown,
    context: ScrapeContext,
  ): void {
    this.#lastFailed = new Set(targets.filter(target => target.error !== undefined).map(({ id }) => id))
    const endedAtMs = context.now()
    const durationMs = endedAtMs - startedAtMs
    const { heldBytes } = this.#aggregators
    context.onRound({ endedAtMs, durationMs, resolution, targets, stats, heldBytes })
    context.onOutcome({
      endedAtMs,
      durationMs,
      stats: stats === undefined ? undefined : scrapeStatsOf(stats),
      error,
    })
  }

  /** Renders all of the main output: the next round changes what it is made of. Others get their turns in between. */
  async #render(
    request: ScrapeRequest,
    output: RoundOutput,
    collected: readonly Collected[],
    context: ScrapeContext,
  ): Promise<RoundResult> {
    const slices: Uint8Array[] = []
    for (const slice of output.main) {
      slices.push(slice)
      await setImmediate()
    }
    const types = collected.flatMap(({ type, outcome }) =>
      type === undefined || outcome.error !== undefined ? [] : [type],
    )
    const { type, header: contentType } = roundContentType(output.format, types)
    const taken = { contentType, type, takenAtMs: context.now(), subsets: output.subsets }
    const snapshot = publishSnapshot(this.#gate, request, taken)
    return { contentType, main: this.#outputs.hold(slices), snapshot }
  }
}
