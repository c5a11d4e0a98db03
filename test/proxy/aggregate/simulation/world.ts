import { type Aggregator, RoundFailedError } from '../../../../proxy/aggregate/aggregator.ts'
import { readOutput } from '../read-output.ts'
import { Ledger, type MemoryTimes } from './ledger.ts'
import { type ProcessKind, SimulatedProcess } from './process.ts'

/** What happens in the world between two moments. `at` chooses the target, counted round the list of those there are. */
export type Event =
  | { readonly kind: 'serve'; readonly at: number; readonly path: number; readonly times: number }
  | { readonly kind: 'restart'; readonly at: number; readonly process: ProcessKind; readonly skewMs: number }
  | {
      readonly kind: 'start'
      readonly process: ProcessKind
      readonly skewMs: number
      readonly reuses: boolean
    }
  | { readonly kind: 'stop' | 'move' | 'late' | 'cut'; readonly at: number }
  | { readonly kind: 'hide'; readonly at: number; readonly rounds: number }
  | { readonly kind: 'remove'; readonly at: number; readonly path: number }
  | { readonly kind: 'mute'; readonly at: number; readonly path: number; readonly scrapes: number }
  | { readonly kind: 'forget everything' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'round'; readonly afterMs: number }

interface Target {
  readonly address: string
  process: SimulatedProcess
  /** Fails in the next round: before its body, or in the middle of it. */
  fails: 'late' | 'cut' | undefined
  hiddenRounds: number
}

/** What a round of the world came to. */
export interface WorldRound {
  readonly nowMs: number
  /** Values of the output's series; undefined where the round failed. */
  readonly output: ReadonlyMap<string, number> | undefined
  /** What the ledger says that they must be. */
  readonly expected: ReadonlyMap<string, number>
  /** Whether the aggregator began anew since the round before. */
  readonly isFresh: boolean
}

const START_MS = 1_700_000_000_000
const TARGETS_MAX = 12
/** How far ahead a clock may be that is as good as right: rounds are further apart. */
const CLOCK_AHEAD_MS_MAX = 2_000

/** Processes that count, an aggregator that scrapes them, and a ledger that knows the truth. */
export class World {
  readonly ledger: Ledger
  /** Everything that was ever counted. */
  counted = 0
  nowMs = START_MS
  readonly #create: () => Aggregator
  #aggregator: Aggregator
  #isFresh = true
  readonly #targets: Target[] = []
  #addresses = 0
  readonly #freeAddresses: string[] = []
  #aborts = false

  constructor(createAggregator: () => Aggregator, times: MemoryTimes) {
    this.#create = createAggregator
    this.#aggregator = createAggregator()
    this.ledger = new Ledger(times)
  }

  get targets(): readonly { readonly process: SimulatedProcess }[] {
    return this.#targets
  }

  get heldBytes(): number {
    return this.#aggregator.heldBytes
  }

  /** Lets something happen; what came of it, when that was a round. */
  apply(event: Event): WorldRound | undefined {
    if (event.kind === 'round') return this.#round(event.afterMs)
    if (event.kind === 'forget everything') {
      // What such a process says of its start would prove that it began after the aggregator.
      if (this.#targets.some(isAhead)) return undefined
      for (const { process } of this.#targets) process.unmute()
      this.#aggregator = this.#create()
      this.#isFresh = true
      this.ledger.restart()
    } else if (event.kind === 'abort') this.#aborts = true
    else if (event.kind === 'start') this.#start(event.process, event.skewMs, event.reuses)
    else {
      const target = this.#targets[event.at % Math.max(1, this.#targets.length)]
      if (target !== undefined) this.#applyTo(target, event)
    }
    return undefined
  }

  #applyTo(target: Target, event: Extract<Event, { readonly at: number }>): void {
    if (event.kind === 'serve') {
      for (let time = 0; time < event.times; time++) this.#serve(target.process, `/${event.path}`, time)
    } else if (event.kind === 'restart') this.#restart(target, event.process, event.skewMs)
    else if (event.kind === 'stop') this.#stop(target)
    else if (event.kind === 'move') this.#move(target)
    else if (event.kind === 'hide') this.#hide(target, event.rounds)
    else if (event.kind === 'remove') this.ledger.end(target.process.removePath(`/${event.path}`))
    else if (event.kind === 'mute') this.#mute(target, `/${event.path}`, event.scrapes)
    else target.fails = event.kind
  }

  #serve(process: SimulatedProcess, path: string, time: number): void {
    const before = process.children.reduce((sum, { value }) => sum + value, 0)
    process.serve(path, [1, 3, 8][time % 3] ?? 0, this.nowMs)
    this.counted += process.children.reduce((sum, { value }) => sum + value, 0) - before
  }

  #start(kind: ProcessKind, skewMs: number, reuses: boolean): void {
    if (this.#targets.length >= TARGETS_MAX) return
    const reused = reuses ? this.#freeAddresses.pop() : undefined
    const address = reused ?? this.#newAddress()
    const process = new SimulatedProcess(kind, this.nowMs, skewMs)
    this.#targets.push({ address, process, fails: undefined, hiddenRounds: 0 })
  }

  #newAddress(): string {
    return `10.0.0.${this.#addresses++}:80`
  }

  #restart(target: Target, kind: ProcessKind, skewMs: number): void {
    this.ledger.end(target.process.children)
    target.process = new SimulatedProcess(kind, this.nowMs, skewMs)
  }

  #stop(target: Target): void {
    this.ledger.end(target.process.children)
    this.#targets.splice(this.#targets.indexOf(target), 1)
    this.#freeAddresses.push(target.address)
  }

  /**
   * The process goes on under an address that nobody had before. Not one whose clock is ahead: what it says of its start would
   * prove that it has just begun.
   */
  #move(target: Target): void {
    if (isAhead(target)) return
    this.#targets.splice(this.#targets.indexOf(target), 1)
    this.#targets.push({ ...target, address: this.#newAddress() })
    target.process.unmute()
  }

  #hide(target: Target, rounds: number): void {
    target.hiddenRounds = rounds
    target.process.unmute()
  }

  /**
   * Does not expose a path for a while, as an exporter does that fails in part. Only counters whose last value is known: to
   * any others, when they come back, applies what applies to new ones, and they are not.
   */
  #mute({ address, process }: Target, path: string, scrapes: number): void {
    for (const child of process.children) {
      const isKnown = this.ledger.remembers(address, child)
      if (child.path === path && isKnown) child.mutedScrapes = scrapes
    }
  }

  #round(afterMs: number): WorldRound | undefined {
    this.nowMs += afterMs
    const visible = this.#targets.filter(({ hiddenRounds }) => hiddenRounds === 0)
    for (const target of this.#targets) target.hiddenRounds = Math.max(0, target.hiddenRounds - 1)
    const listed = visible.map(({ address }) => address)
    this.ledger.begin(listed, this.nowMs)
    const round = this.#aggregator.beginRound(listed, this.nowMs)
    const scrapes = visible.map(target => ({ target, ...target.process.expose() }))
    // Targets answer in any order, interleaved.
    const complete = scrapes.reverse().filter(({ target, text }) => {
      const { address, fails, process } = target
      target.fails = undefined
      if (fails === 'late') return false
      const scrape = round.open(address, process.kind.format)
      const bytes = Buffer.from(text)
      scrape.push(bytes.subarray(0, Math.floor(bytes.length / 2)))
      if (fails === 'cut') {
        scrape.close()
        round.fail(address)
        return false
      }
      scrape.push(bytes.subarray(Math.floor(bytes.length / 2)))
      scrape.finish()
      return true
    })
    if (this.#aborts) {
      this.#aborts = false
      round.abort()
      return undefined
    }
    for (const { target, exposed } of complete)
      this.ledger.scraped(target.address, target.process, exposed, this.nowMs)
    const answered = new Set(complete.map(({ target }) => target.address))
    const queue = this.ledger.finish(listed, answered, this.nowMs)
    const expected = new Map(this.ledger.arrived)
    if (answered.size > 0) expected.set('queue', queue)
    const isFresh = this.#isFresh
    this.#isFresh = false
    return { nowMs: this.nowMs, expected, isFresh, output: finish(round) }
  }
}

function finish(round: ReturnType<Aggregator['beginRound']>): ReadonlyMap<string, number> | undefined {
  try {
    const { main, format } = round.finish()
    return readOutput(main, format).values
  } catch (error) {
    if (error instanceof RoundFailedError) return undefined
    throw error
  }
}

/** Whether the clock of a process is so far ahead that it matters. */
function isAhead({ process: { startSeconds, startMs } }: Target): boolean {
  return startSeconds * 1000 - startMs > CLOCK_AHEAD_MS_MAX
}
