import type { ExpositionFormat } from '../../proxy/exposition/format.ts'
import { SampleReader } from '../../proxy/exposition/samples.ts'
import type { ExpositionSummary } from './report.ts'

/** Counts what an exposition holds, from its whole body. */
export function summarizeExposition(body: Uint8Array, format: ExpositionFormat): ExpositionSummary {
  const reader = new SampleReader(format)
  const seriesByFamily = new Map<string, number>()
  for (const samples of [reader.push(body), reader.finish()]) {
    for (const { family } of samples)
      seriesByFamily.set(family.name, (seriesByFamily.get(family.name) ?? 0) + 1)
  }
  return { bytes: body.length, seriesByFamily }
}
