import { KernelCollector } from '../gate/kernel/collect/collector.ts'
import type { Program } from '../gate/program.ts'
import type { ScrapeLimits } from '../gate/scrape-limits.ts'
import type { SeriesCollector } from './collector.ts'
import { OpenRound } from './open-round.ts'
import { OutputRenderer } from './render.ts'
import { retireUnseen } from './retire.ts'
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

const createKernelCollector: CreateCollector = (_, { inputBytesMax }) => new KernelCollector(inputBytesMax)

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
    createCollector = createKernelCollector,
  ) {
    this.#settings = settings
    this.#directory = new SeriesDirectory(program, settings)
    this.#collector = createCollector(program, limits)
    this.#renderers = this.#directory.outputs.map(output => new OutputRenderer(output, limits))
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

  /** Forgets what was not seen for long: targets that left, and from time to time series. */
  #retire(nowMs: number): void {
    const { forgetAfterMs } = this.#settings
    for (const [address, { listedMs }] of this.#memories) {
      if (nowMs - listedMs > forgetAfterMs) this.#memories.delete(address)
    }
    this.#retiredMs ??= nowMs
    if (nowMs - this.#retiredMs < forgetAfterMs) return
    this.#retiredMs = nowMs
    retireUnseen(this.#memories.values(), this.#directory, this.#collector)
  }
}
