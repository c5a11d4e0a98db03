import type { SeriesCollector } from './collector.ts'
import type { SeriesDirectory } from './series-directory.ts'
import type { TargetMemory } from './target-memory.ts'
import { PAGE_SERIES } from './values.ts'

/**
 * Forgets the series that targets no longer have, then the numbers of series that no target has, and the series of outputs
 * to which none of those left goes. Not while a scrape is under way.
 */
export function retireUnseen(
  targets: Iterable<TargetMemory>,
  directory: SeriesDirectory,
  collector: SeriesCollector,
): void {
  const used = new Uint8Array(directory.end)
  for (const target of targets) {
    target.forgetUnseen()
    markKnown(target, used)
  }
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
