import type { CountingProcess } from './process.ts'
import type { Span } from './prometheus.ts'

/** The processes at one address, one after the other, and when each reader has read there: Prometheus, the aggregator. */
export interface Address {
  readonly processes: readonly CountingProcess[]
  /** For each reader the time stamps of its successful scrapes, rising, in milliseconds since 1970. */
  readonly readings: readonly (readonly number[])[]
}

/** rate() stretches what it saw by no more than this many mean gaps between samples, at each end of its window. */
const STRETCH_GAPS = 1.1

/**
 * By how many requests two readers of the same targets may differ about a window, although both are right.
 *
 * - At an edge of the window each has read what the target had counted some time between its last scrape before and its first
 *   one after. A scrape reads up to `lateMs` after its time stamp. What the target counted in that time is in doubt. This
 *   holds for an address that has just begun, too: for its first value Prometheus has nothing to compare with.
 * - What a process counted after its last scrape is lost; one reader may have read later than the other.
 * - rate() stretches what it saw to the edges (extrapolatedRate in Prometheus' promql/functions.go). Where targets counted
 *   evenly this makes up for what is in doubt at the edges. What was counted in a process that began or ended within the
 *   window, and a backlog above all, is stretched as well: by one reader, at worst, and not by the other.
 *
 * Nothing here is a guess but that readers do as they should; gaps are measured, so a slow machine widens them.
 */
export function doubtIn(window: Span, addresses: readonly Address[], lateMs: number): number {
  const doubts = addresses.map(address => atEdges(address, window, lateMs) + atEnds(address, window))
  return total(doubts) + stretched(addresses, window)
}

/** What all processes at an address have counted until then. */
export function countedAt({ processes }: Pick<Address, 'processes'>, atMs: number): number {
  return total(processes.map(process => process.countedAt(atMs)))
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function atEdges(address: Address, { fromMs, toMs }: Span, lateMs: number): number {
  const left =
    countedAt(address, firstReadingAfter(address, fromMs) + lateMs) -
    countedAt(address, lastReadingUntil(address, fromMs))
  const right = countedAt(address, toMs + lateMs) - countedAt(address, lastReadingUntil(address, toMs))
  return left + right
}

/** What was lost with processes that others followed; that of the last one is in doubt at the right edge already. */
function atEnds(address: Address, window: Span): number {
  const ended = address.processes.slice(0, -1).filter(({ endedAtMs }) => isIn(window, endedAtMs))
  return total(
    ended.map(process => {
      const lastMs = lastReadingUntil(address, process.endedAtMs)
      return process.countedAt(process.endedAtMs) - process.countedAt(lastMs)
    }),
  )
}

function stretched(addresses: readonly Address[], window: Span): number {
  const { fromMs, toMs } = window
  const uneven = addresses
    .flatMap(({ processes }) => processes)
    .filter(({ startedAtMs, endedAtMs }) => isIn(window, startedAtMs) || isIn(window, endedAtMs))
  const counted = total(uneven.map(process => process.countedAt(toMs) - process.countedAt(fromMs)))
  const stretchMs = 2 * STRETCH_GAPS * longestMeanGapMs(addresses, window)
  return (counted * stretchMs) / (toMs - fromMs - stretchMs)
}

/** The mean gap between samples, of the address that was read least of those that were there from edge to edge. */
function longestMeanGapMs(addresses: readonly Address[], window: Span): number {
  const there = addresses.filter(
    ({ processes }) =>
      (processes[0]?.startedAtMs ?? Infinity) < window.fromMs &&
      (processes.at(-1)?.endedAtMs ?? 0) > window.toMs,
  )
  const counts = there.flatMap(({ readings }) =>
    readings.map(times => times.filter(at => isIn(window, at)).length),
  )
  return (window.toMs - window.fromMs) / (Math.min(...counts) - 1)
}

function isIn({ fromMs, toMs }: Span, atMs: number): boolean {
  return atMs > fromMs && atMs <= toMs
}

/** The last reading of the reader that is behind; before all time if one has never read. */
function lastReadingUntil({ readings }: Address, atMs: number): number {
  return Math.min(...readings.map(times => times.findLast(time => time <= atMs) ?? -Infinity))
}

/** The first reading of the reader that is behind; after all time if one never reads again. */
function firstReadingAfter({ readings }: Address, atMs: number): number {
  return Math.max(...readings.map(times => times.find(time => time > atMs) ?? Infinity))
}
