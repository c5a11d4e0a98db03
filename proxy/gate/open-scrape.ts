import type { ExpositionFormat } from '../exposition/format.ts'
import { KERNEL_OUTPUTS_MAX } from '../limits.ts'
import { KernelScrape } from './kernel/scrape.ts'
import type { Program } from './program.ts'
import { Scrape } from './scrape.ts'
import type { ScrapeLimits } from './scrape-limits.ts'
import type { SlicePool } from './slice-pool.ts'

/** One scrape: the bytes of an exposition go in as they arrive, those of the outputs come out. See Scrape. */
export type AnyScrape = Pick<KernelScrape, 'push' | 'finish' | 'close' | 'stats'>

/** Begins a scrape, whose main output may be given back to `pool`. It has to be closed, finished or not. */
export function openScrape(
  program: Program,
  format: ExpositionFormat,
  limits: ScrapeLimits,
  pool?: SlicePool,
): AnyScrape {
  const isForKernel = 1 + program.subsets.length <= KERNEL_OUTPUTS_MAX
  return isForKernel
    ? new KernelScrape(program, format, limits, pool)
    : new Scrape(program, format, limits, pool)
}
