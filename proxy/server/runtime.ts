import type { Logger } from 'pino'
import { printUpstreams } from '../config/upstream-url.ts'
import { messageOf } from '../errors.ts'
import type { ScrapeStats } from '../gate/stats.ts'
import type { PolicyHost } from '../policy/host.ts'
import { registerPolicyMetrics } from '../policy/metrics.ts'
import type { PolicyReport } from '../policy/report.ts'
import type { ReloadStatus, ServerContext } from './context.ts'
import { ClientGoneError } from './errors.ts'
import type { Gate } from './gate.ts'
import { OwnMetrics } from './own-metrics.ts'
import { type ProcessFacts, registerProcessMetrics } from './process-metrics.ts'
import type { Reloader, ReloadResult } from './reloader.ts'
import type { RoundReport } from './rounds/round-report.ts'
import type { ScrapeOutcome } from './scrape.ts'

/** What a runtime is made of. */
export interface RuntimeOptions {
  readonly reloader: Reloader
  readonly policies: PolicyHost
  readonly log: Logger
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds since some moment; never set, unlike the time of day. */
  readonly monotonicMs: () => number
  readonly facts: ProcessFacts
}

function isTruncated({ truncatedInput, main, subsets }: ScrapeStats): boolean {
  return truncatedInput || [main, ...subsets.values()].some(output => output.truncatedOutput)
}

/** Says in the log what changes, once, and not what stays as it is. */
class ChangeLog {
  readonly #log: Logger
  /** What is wrong with each target, and with names. */
  #roundProblems: ReadonlyMap<string, string> = new Map()
  #scrapeProblem: string | undefined
  #truncated = false
  #limited = false

  constructor(log: Logger) {
    this.#log = log
  }

  scrape({ error, stats, durationMs }: ScrapeOutcome): void {
    if (error instanceof ClientGoneError) return
    const problem = error === undefined ? undefined : messageOf(error)
    if (problem !== this.#scrapeProblem) {
      if (problem !== undefined) this.#log.warn(`scrape failed: ${problem}`)
      else this.#log.info({ durationMs }, 'scrapes succeed again')
    }
    this.#scrapeProblem = problem
    const truncated = stats !== undefined && isTruncated(stats)
    if (truncated && !this.#truncated)
      this.#log.warn(
        { bytesIn: stats.bytesIn, bytesOut: stats.main.bytesOut },
        'scrape truncated: it is larger than prometheus.max_input_bytes_per_scrape or max_output_bytes_per_scrape allow',
      )
    this.#truncated = truncated
    this.#seriesLimit(stats?.limitedSamples ?? 0)
  }

  #seriesLimit(limitedSamples: number): void {
    const limited = limitedSamples > 0
    if (limited && !this.#limited)
      this.#log.warn(
        { limitedSamples },
        'scrape has more series than prometheus.max_series_per_scrape allows',
      )
    if (!limited && this.#limited) this.#log.info('scrapes are within prometheus.max_series_per_scrape again')
    this.#limited = limited
  }

  round({ targets, resolution }: RoundReport): void {
    const problems = new Map(resolution.problems.map(problem => [problem, problem]))
    for (const { id, error } of targets)
      if (error !== undefined) problems.set(`target ${id}`, `target ${id} is down: ${messageOf(error)}`)
    for (const [about, problem] of problems)
      if (this.#roundProblems.get(about) !== problem) this.#log.warn(problem)
    for (const { id, error } of targets)
      if (error === undefined && this.#roundProblems.has(`target ${id}`))
        this.#log.info(`target ${id} is up again`)
    this.#roundProblems = problems
  }
}

/** The state of a serving proxy: its gate, what its last scrape gave, and its own metrics. */
export class Runtime implements ServerContext {
  readonly version: string
  readonly log: Logger
  readonly now: () => number
  readonly monotonicMs: () => number
  readonly metrics = new OwnMetrics()
  readonly #reloader: Reloader
  readonly #policies: PolicyHost
  readonly #changes: ChangeLog
  #lastScrape: ScrapeOutcome | undefined
  #lastRound: RoundReport | undefined
  #stopping = false

  constructor({ reloader, policies, log, now, monotonicMs, facts }: RuntimeOptions) {
    this.version = facts.version
    this.log = log
    this.now = now
    this.monotonicMs = monotonicMs
    this.#reloader = reloader
    this.#policies = policies
    this.#changes = new ChangeLog(log)
    registerProcessMetrics(this.metrics.registry, facts)
    registerPolicyMetrics(this.metrics.registry, {
      policies: () => policies.policies,
      providers: () => policies.providers,
    })
  }

  readonly gate = (): Gate | undefined => this.#reloader.gate
  readonly reload = (): ReloadStatus => this.#reloader.status
  readonly policyReport = (): PolicyReport => this.#policies.report
  readonly stopping = (): boolean => this.#stopping
  readonly lastScrape = (): ScrapeOutcome | undefined => this.#lastScrape
  readonly lastRound = (): RoundReport | undefined => this.#lastRound

  readonly onOutcome = (outcome: ScrapeOutcome): void => {
    this.metrics.scraped(outcome)
    this.#changes.scrape(outcome)
    if (!(outcome.error instanceof ClientGoneError)) this.#lastScrape = outcome
  }

  readonly onRound = (report: RoundReport): void => {
    this.metrics.rounds.ran(report)
    this.#changes.round(report)
    this.#lastRound = report
  }

  readonly onJoined = (): void => this.metrics.joined()

  /** From now on `/_ready` says that no new scrapes should come. */
  stop(): void {
    this.#stopping = true
  }

  /** Looks at the configuration, and says in the log and the metrics what came of it. */
  async look(): Promise<ReloadResult> {
    const before = this.#reloader.gate
    const result = await this.#reloader.look()
    this.report(result, before)
    return result
  }

  /** Says in the log and the metrics what came of a look. `before` is the gate that was at work until then. */
  report(result: ReloadResult, before: Gate | undefined): void {
    if (result.kind === 'loaded') this.#loaded(result.gate, before)
    if (result.kind === 'refused') {
      this.metrics.reloaded(false, this.now())
      const kept = before === undefined ? 'there is none to serve with' : 'the last good one stays at work'
      this.log.error(
        { problems: result.error.problems },
        `configuration refused, ${kept}: ${result.error.message}`,
      )
    }
  }

  #loaded(gate: Gate, before: Gate | undefined): void {
    this.metrics.reloaded(true, this.now())
    this.log.level = gate.config.logLevel
    this.#lastRound = undefined
    const { main, subsets } = gate.config.rules
    this.log.info(
      { upstream: printUpstreams(gate.config), rules: main.length, subsets: subsets.map(({ name }) => name) },
      'configuration at work',
    )
    for (const warning of gate.warnings) this.log.warn(warning)
    if (before !== undefined) this.#closeLater(before)
  }

  /** Scrapes in flight finish on the gate that they began with; none of them lasts longer than its timeout. */
  #closeLater({ scraper, config }: Gate): void {
    const close = () =>
      scraper
        .close()
        .catch((error: unknown) => this.log.warn({ err: error }, 'closing old connections failed'))
    setTimeout(close, config.scrapeTimeoutMs).unref()
  }
}
