import { KernelCollector } from '../gate/kernel/collect/collector.ts'
import type { Program } from '../gate/program.ts'
import type { ScrapeLimits } from '../gate/scrape-limits.ts'
import { RAW_SERIES_MAX } from '../limits.ts'
import type { SeriesCollector } from './collector.ts'
import { OpenRound } from './open-round.ts'
import { OutputRenderer } from './render.ts'
import { retireUnknown } from './retire.ts'
import type { Round } from './round.ts'
import { SeriesDirectory } from './series-directory.ts'
import type { AggregationSettings } from './settings.ts'
import { TargetMemory } from './target-memory.ts'

export { MalformedTargetError, RoundFailedError } from './errors.ts'
export type { Round, RoundOutput, TargetScrape } from './round.ts'
export type { RoundStats } from './round-stats.ts'
export type { AggregationSettings } from './settings.ts'

/** Makes what reads the expositions. */
export type CreateCollector = (program: Program, limits: ScrapeLimits) => SeriesCollector

/** What may be otherwise with an aggregator. */
export interface AggregatorParts {
  /** Default: the kernel. */
  readonly createCollector: CreateCollector
  /** How many raw series there may be. */
  readonly seriesMax: number
  /** The names of families that rounds append to the main output: those of targets with such a name do not leave in it. */
  readonly appendedNames: ReadonlySet<string>
}

const createKernelCollector: CreateCollector = (_, { inputBytesMax }) => new KernelCollector(inputBytesMax)

const NO_NAMES: ReadonlySet<string> = new Set()

/**
 * Adds the metrics of many targets up, round after round, so that counters of the outputs rise by what those of the targets
 * have risen by, whatever becomes of the targets. It remembers the last value of each series of each target. Its counters
 * begin at 0 and never fall. Other rules need another aggregator.
 */
export class Aggregator {
  readonly #settings: AggregationSettings
  readonly #directory: SeriesDirectory
  readonly #collector: SeriesCollector
  readonly #renderers: readonly OutputRenderer[]
  /** By address. */
  readonly #memories = new Map<string, TargetMemory>()
  #round: OpenRound | undefined
  /** When the last round began, and when series were last retired. */
  #roundMs: number | undefined
  #retiredMs: number | undefined

  constructor(
    program: Program,
    settings: AggregationSettings,
    limits: ScrapeLimits,
    {
      createCollector = createKernelCollector,
      seriesMax = RAW_SERIES_MAX,
      appendedNames = NO_NAMES,
    }: Partial<AggregatorParts> = {},
  ) {
    this.#settings = settings
    this.#directory = new SeriesDirectory(program, settings, seriesMax)
    this.#collector = createCollector(program, limits)
    this.#renderers = this.#directory.outputs.map(
      (output, index) => new OutputRenderer(output, limits, index === 0 ? appendedNames : NO_NAMES),
    )
  }

  /** Memory that is held between rounds, in bytes, about. */
  get heldBytes(): number {
    let bytes = this.#directory.heldBytes + this.#collector.heldBytes
    for (const memory of this.#memories.values()) bytes += memory.heldBytes
    return bytes
  }

  /**
   * Begins a round over these targets, each named by its address, which is its identity. `nowMs`: milliseconds since the
   * epoch. There is one round at a time: increases are relative to the round before.
   */
  beginRound(targets: readonly string[], nowMs: number): Round {
    if (this.#round?.isOpen) throw new Error('BUG: a round is begun while another is open')
    // One fixed order, whichever target answers first: sums of floats depend on it.
    const listed = [...new Set(targets)]
      .sort()
      .map(address => ({ address, memory: this.#list(address, nowMs) }))
    // What is new in this round has counted nothing before the last one.
    const bornMs = this.#roundMs ?? nowMs
    this.#roundMs = nowMs
    this.#round = new OpenRound({
      targets: listed,
      nowMs,
      bornMs,
      settings: this.#settings,
      directory: this.#directory,
      collector: this.#collector,
      renderers: this.#renderers,
      whenTaken: () => this.#retire(nowMs),
    })
    return this.#round
  }

  /** The memory of an address in the list. */
  #list(address: string, nowMs: number): TargetMemory {
    const known = this.#memories.get(address)
    const wasListed = known?.listedMs === this.#roundMs
    // An address that never answered is new each time that it comes back.
    const memory =
      known === undefined || (known.format === undefined && !wasListed)
        ? new TargetMemory(this.#roundMs ?? nowMs, nowMs)
        : known
    memory.listedMs = nowMs
    this.#memories.set(address, memory)
    return memory
  }

  /**
   * Forgets what was not seen for long, targets and from time to time series, and gives back the numbers that scrapes took
   * which do not count. If some lacked numbers, whatever nobody knows any more goes at once.
   */
  #retire(nowMs: number): void {
    const isShort = this.#forgetTargets(nowMs)
    const unclaimed = this.#directory.takeUnclaimed()
    this.#retiredMs ??= nowMs
    const isDue = nowMs - this.#retiredMs >= this.#settings.forgetAfterMs
    if (isDue) {
      this.#retiredMs = nowMs
      for (const memory of this.#memories.values()) memory.forgetUnseen()
    }
    if (!isDue && !isShort && unclaimed.length === 0) return
    const candidates = isDue || isShort ? undefined : unclaimed
    retireUnknown(this.#memories.values(), this.#directory, this.#collector, candidates)
  }

  /**
   * Forgets targets that left long ago, and those that have failed as long for lack of numbers: they hold the numbers that they
   * lack. Whether a target of this round lacks some.
   */
  #forgetTargets(nowMs: number): boolean {
    const { forgetAfterMs } = this.#settings
    let isShort = false
    for (const [address, memory] of this.#memories) {
      if (nowMs - memory.listedMs > forgetAfterMs) this.#memories.delete(address)
      if (memory.listedMs !== nowMs || !memory.lacksNumbers) continue
      isShort = true
      if (memory.format !== undefined && nowMs - memory.notSeenSinceMs > forgetAfterMs) memory.forget()
    }
    return isShort
  }
}
