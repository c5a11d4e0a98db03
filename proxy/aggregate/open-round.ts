import type { ExpositionFormat } from '../exposition/format.ts'
import type { SeriesCollector } from './collector.ts'
import { type CommitStats, commitScrape } from './commit.ts'
import { RoundFailedError } from './errors.ts'
import type { OutputRenderer } from './render.ts'
import { renderOutputs } from './render-outputs.ts'
import type { Round, RoundOutput, TargetScrape } from './round.ts'
import { countRound } from './round-stats.ts'
import type { SeriesDirectory } from './series-directory.ts'
import type { AggregationSettings } from './settings.ts'
import { StagedScrape } from './staged-scrape.ts'
import type { TargetMemory } from './target-memory.ts'

/** A target of a round. */
export interface ListedTarget {
  readonly address: string
  readonly memory: TargetMemory
}

/** What a round works on. */
export interface RoundParts {
  /** In the order in which they count. */
  readonly targets: readonly ListedTarget[]
  readonly nowMs: number
  /** When series of outputs began that are new in this round. */
  readonly bornMs: number
  readonly settings: AggregationSettings
  readonly directory: SeriesDirectory
  readonly collector: SeriesCollector
  /** In the order of the directory's outputs. */
  readonly renderers: readonly OutputRenderer[]
  /** Called when everything that came has been taken over and no scrape is open. */
  readonly whenTaken: () => void
}

/** How many targets that failed an error names. */
const NAMED_TARGETS_MAX = 3

/** A round of an aggregator. */
export class OpenRound implements Round {
  readonly #parts: RoundParts
  readonly #scrapes = new Map<string, StagedScrape>()
  #isOpen = true

  constructor(parts: RoundParts) {
    this.#parts = parts
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  open(target: string, format: ExpositionFormat): TargetScrape {
    const { memory } = this.#listed(target)
    this.#scrapes.get(target)?.close()
    const { collector, directory, bornMs } = this.#parts
    const numbers = directory.scrape(format, bornMs, () => memory.countKnown())
    const scrape = new StagedScrape(collector.open(format, numbers), format, numbers)
    this.#scrapes.set(target, scrape)
    return scrape
  }

  fail(target: string): void {
    this.#listed(target)
    this.#scrapes.get(target)?.close()
  }

  finish(appendix = ''): RoundOutput {
    if (!this.#isOpen) throw new Error('BUG: a round is finished twice')
    const commits = this.#take()
    this.#checkAnswers()
    const { directory, renderers, targets } = this.#parts
    const memories = targets.map(({ memory }) => memory).filter(memory => this.#counts(memory))
    const outputs = renderOutputs(directory.outputs, renderers, memories, appendix)
    const collected = [...this.#scrapes.values()].map(({ stats }) => stats)
    const held = memories.length - commits.length
    return {
      format: outputs.format,
      main: outputs.main,
      subsets: outputs.subsets,
      stats: { ...countRound(collected, commits, outputs.stats), targets: targets.length, held },
    }
  }

  abort(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    for (const scrape of this.#scrapes.values()) scrape.close()
  }

  /** The target of this address, while the round goes on. */
  #listed(target: string): ListedTarget {
    if (!this.#isOpen) throw new Error(`BUG: target ${target} comes after its round`)
    const listed = this.#parts.targets.find(({ address }) => address === target)
    if (listed === undefined) throw new Error(`BUG: target ${target} is not in the list of the round`)
    return listed
  }

  /** Takes over the complete scrapes, in the order of the targets. */
  #take(): CommitStats[] {
    const { targets, whenTaken } = this.#parts
    const commits: CommitStats[] = []
    try {
      for (const { address, memory } of targets) {
        const stats = this.#takeScrape(memory, this.#scrapes.get(address))
        memory.missedRounds = stats === undefined ? memory.missedRounds + 1 : 0
        if (stats !== undefined) commits.push(stats)
      }
    } finally {
      this.abort()
    }
    whenTaken()
    return commits
  }

  /** Takes over a scrape; undefined if it is not complete. */
  #takeScrape(memory: TargetMemory, scrape: StagedScrape | undefined): CommitStats | undefined {
    const { directory, nowMs } = this.#parts
    const complete = scrape?.complete
    if (scrape === undefined || complete === undefined) {
      if (scrape?.numbers.wasRefused) memory.lacksNumbers = true
      return undefined
    }
    directory.claim(scrape.numbers)
    return commitScrape(memory, complete, directory, nowMs)
  }

  /** Throws RoundFailedError when too few targets answered. */
  #checkAnswers(): void {
    const { targets, settings } = this.#parts
    if (targets.length === 0) throw new RoundFailedError('E_NO_TARGETS', 'there is no target')
    const missing = targets.filter(({ memory }) => memory.missedRounds > 0).map(({ address }) => address)
    const named = missing.slice(0, NAMED_TARGETS_MAX).join(', ')
    const list = missing.length > NAMED_TARGETS_MAX ? `${named}, …` : named
    if (missing.length === targets.length) {
      throw new RoundFailedError(
        'E_ALL_TARGETS_FAILED',
        `none of ${targets.length} targets answered: ${list}`,
      )
    }
    if (missing.length > 0 && settings.onTargetFailure === 'fail') {
      throw new RoundFailedError(
        'E_TARGET_FAILED',
        `${missing.length} of ${targets.length} targets did not answer: ${list}`,
      )
    }
  }

  /** Whether a target has a part in what is added up anew in each round: it answered, or what it had is held. */
  #counts(memory: TargetMemory): boolean {
    const { onTargetFailure, holdRounds } = this.#parts.settings
    if (memory.missedRounds === 0) return true
    const isHeld = onTargetFailure === 'hold' && memory.missedRounds <= holdRounds
    return isHeld && memory.format !== undefined
  }
}
