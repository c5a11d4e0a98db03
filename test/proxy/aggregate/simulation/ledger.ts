import { type Child, outputSeriesOf, type SimulatedProcess } from './process.ts'

/** Why something that was counted is not in the output: nobody who only scrapes could have known of it. */
export type Loss =
  /** Counted after the last scrape that succeeded, by a process that ended or a counter that was deleted. */
  | 'never scraped'
  /** Counted before the first scrape of a process of which nothing shows that it had just begun. */
  | 'baseline'
  /** A process or a counter took another's place, nothing showed it, and it had counted as far as the other already. */
  | 'hidden reset'

/** What a scraper can know of an address. */
interface KnownAddress {
  /** Whether a scrape has succeeded. */
  isKnown: boolean
  format: string
  startSeconds: number | undefined
  notSeenSinceMs: number
  listedMs: number
  missed: number
  scrapes: number
  queue: number
  /** Last values, and to which counter they belonged in truth. */
  values: Map<string, { value: number; child: Child }>
  present: Set<string>
  recent: Set<string>
}

/** The times at which memory ends, as the documentation states them. */
export interface MemoryTimes {
  readonly forgetAfterMs: number
  readonly holdRounds: number
}

const JITTER_SECONDS = 1.5
const CLOCK_AHEAD_MS = 60_000
const UNSEEN_SCRAPES = 16

/**
 * Accounts for everything that any process ever counts: each increment is in the output, lost for one of the reasons, or
 * waiting for a scrape. Unlike a scraper it knows which process and which counter a value belongs to.
 */
export class Ledger {
  /** By series of the output: how much of what was counted must have arrived, since the aggregator began or the series did. */
  readonly arrived = new Map<string, number>()
  /** All that ever arrived, and all that was lost. */
  totalArrived = 0
  readonly lost: Record<Loss, number> = { 'never scraped': 0, baseline: 0, 'hidden reset': 0 }
  readonly #times: MemoryTimes
  readonly #addresses = new Map<string, KnownAddress>()
  #roundMs: number | undefined
  #sweptMs: number | undefined

  constructor(times: MemoryTimes) {
    this.#times = times
  }

  /** The aggregator begins anew and knows nothing. */
  restart(): void {
    this.arrived.clear()
    this.#addresses.clear()
    this.#roundMs = undefined
    this.#sweptMs = undefined
  }

  begin(listed: readonly string[], nowMs: number): void {
    for (const address of listed) {
      const known = this.#addresses.get(address)
      const isFirst = known === undefined || (!known.isKnown && known.listedMs !== this.#roundMs)
      const record = isFirst ? this.#newAddress(this.#roundMs ?? nowMs) : known
      record.listedMs = nowMs
      this.#addresses.set(address, record)
    }
    this.#roundMs = nowMs
  }

  /** A scrape of an address had these counters. */
  scraped(address: string, process: SimulatedProcess, exposed: readonly Child[], nowMs: number): void {
    const known = this.#get(address)
    const startSeconds = process.kind.tellsStart ? process.startSeconds : undefined
    const isProven = isAfter(startSeconds, known.notSeenSinceMs, nowMs)
    const differs =
      known.startSeconds !== undefined &&
      startSeconds !== undefined &&
      Math.abs(known.startSeconds - startSeconds) > JITTER_SECONDS
    const appears = known.startSeconds === undefined && isProven
    const isOther = !known.isKnown || known.format !== process.kind.format || differs || appears
    if (isOther) {
      known.values.clear()
      known.recent.clear()
      known.startSeconds = undefined
    }
    known.present.clear()
    for (const child of exposed) {
      const isNew = isProven || isAfter(createdOf(process, child), known.notSeenSinceMs, nowMs)
      this.#account(known, child, !isOther || isNew)
    }
    known.isKnown = true
    known.scrapes++
    known.format = process.kind.format
    known.startSeconds = startSeconds ?? known.startSeconds
    known.notSeenSinceMs = nowMs
    known.queue = process.queue
  }

  /** What a counter has counted since it was last scraped is lost. */
  end(children: readonly Child[]): void {
    for (const child of children) this.#lose('never scraped', child)
  }

  /** The round is over: which of those in the list answered, and what is forgotten. The sum of the gauges. */
  finish(listed: readonly string[], answered: ReadonlySet<string>, nowMs: number): number {
    let queue = 0
    for (const address of listed) {
      const known = this.#get(address)
      known.missed = answered.has(address) ? 0 : known.missed + 1
      if (known.isKnown && known.missed <= this.#times.holdRounds) queue += known.queue
    }
    this.#forget(nowMs)
    return queue
  }

  /** Whether the last value that is known of a counter's series is its own. */
  remembers(address: string, child: Child): boolean {
    return this.#addresses.get(address)?.values.get(rawSeriesOf(child))?.child === child
  }

  /** The series of the output that must be there. */
  remembered(): ReadonlySet<string> {
    const series = new Set<string>()
    for (const { values } of this.#addresses.values()) {
      for (const { child } of values.values()) series.add(outputSeriesOf(child))
    }
    return series
  }

  #account(known: KnownAddress, child: Child, countsWhole: boolean): void {
    const key = rawSeriesOf(child)
    const before = known.values.get(key)
    if (before === undefined) {
      if (countsWhole) this.#arrive(child, child.unaccounted)
      else {
        this.#arrive(child, 0)
        this.#lose('baseline', child)
      }
    } else if (before.child === child || child.value < before.value) this.#arrive(child, child.unaccounted)
    else {
      // A scraper takes it for the counter that was there before, and sees only by how much it is larger.
      this.#arrive(child, child.value - before.value)
      this.#lose('hidden reset', child)
    }
    known.values.set(key, { value: child.value, child })
    known.present.add(key)
    known.recent.add(key)
  }

  #arrive(child: Child, amount: number): void {
    const series = outputSeriesOf(child)
    this.arrived.set(series, (this.arrived.get(series) ?? 0) + amount)
    this.totalArrived += amount
    child.unaccounted -= amount
    if (amount < 0 || child.unaccounted < 0) throw new Error(`${series} would count ${amount} twice`)
  }

  #lose(why: Loss, child: Child): void {
    this.lost[why] += child.unaccounted
    child.unaccounted = 0
  }

  #forget(nowMs: number): void {
    for (const [address, { listedMs }] of this.#addresses) {
      if (nowMs - listedMs > this.#times.forgetAfterMs) this.#addresses.delete(address)
    }
    this.#sweptMs ??= nowMs
    if (nowMs - this.#sweptMs < this.#times.forgetAfterMs) return
    this.#sweptMs = nowMs
    for (const known of this.#addresses.values()) {
      if (known.scrapes < UNSEEN_SCRAPES) continue
      known.scrapes = 0
      for (const key of known.values.keys()) if (!known.recent.has(key)) known.values.delete(key)
      known.recent.clear()
    }
    const remembered = this.remembered()
    for (const series of this.arrived.keys()) if (!remembered.has(series)) this.arrived.delete(series)
  }

  #newAddress(notSeenSinceMs: number): KnownAddress {
    return {
      isKnown: false,
      format: '',
      startSeconds: undefined,
      notSeenSinceMs,
      listedMs: 0,
      missed: 0,
      scrapes: 0,
      queue: 0,
      values: new Map(),
      present: new Set(),
      recent: new Set(),
    }
  }

  #get(address: string): KnownAddress {
    const known = this.#addresses.get(address)
    if (known === undefined) throw new Error(`BUG: address ${address} was never listed`)
    return known
  }
}

function isAfter(seconds: number | undefined, sinceMs: number, nowMs: number): boolean {
  return seconds !== undefined && seconds * 1000 > sinceMs && seconds * 1000 <= nowMs + CLOCK_AHEAD_MS
}

function createdOf({ kind }: SimulatedProcess, { metric, createdMs }: Child): number | undefined {
  const tells = kind.tellsCreated && kind.format === 'openmetrics' && metric === 'requests_total'
  return tells ? createdMs / 1000 : undefined
}

function rawSeriesOf({ metric, path, le }: Child): string {
  return `${metric} ${path} ${le}`
}
