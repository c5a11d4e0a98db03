import type { SeriesCollector } from './collector.ts'
import type { SeriesDirectory } from './series-directory.ts'
import type { TargetMemory } from './target-memory.ts'
import { PAGE_SERIES } from './values.ts'

/**
 * Takes back the numbers of series of which no target knows anything, and retires the series of outputs to which none of
 * those left goes; with `candidates`, of these numbers only. Not while a scrape is under way.
 */
export function retireUnknown(
  targets: Iterable<TargetMemory>,
  directory: SeriesDirectory,
  collector: SeriesCollector,
  candidates?: readonly number[],
): void {
  const used = new Uint8Array(directory.end)
  if (candidates !== undefined) {
    used.fill(1)
    for (const number of candidates) used[number] = 0
  }
  for (const target of targets) markKnown(target, used)
  const isUsed = (series: number) => used[series] === 1
  collector.forget(isUsed)
  directory.keep(isUsed)
}

function markKnown(target: TargetMemory, used: Uint8Array): void {
  for (const [number, page] of target.pages.entries()) {
    if (page === undefined) continue
    for (let index = 0; index < PAGE_SERIES; index++) {
      if (page.isKnown(index)) used[number * PAGE_SERIES + index] = 1
    }
  }
}
