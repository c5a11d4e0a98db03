import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { joinSeries, printLabel } from '../../../proxy/exposition/print.ts'
import { readStrictly } from '../exposition/strict-reader.ts'

/** An output as a reader that is strict takes it. */
export interface ReadOutput {
  readonly text: string
  /** By series, labels sorted. */
  readonly values: ReadonlyMap<string, number>
}

/** Reads an output; throws where Prometheus would not take it, or where a series is there twice. */
export function readOutput(main: Iterable<Uint8Array>, format: ExpositionFormat): ReadOutput {
  const bytes = Buffer.concat([...main])
  const values = new Map<string, number>()
  for (const { name, labels, value } of readStrictly(bytes, format).samples) {
    const series = joinSeries(name, [...labels].map(printLabel).sort())
    if (values.has(series)) throw new Error(`the output has ${series} twice`)
    values.set(series, value)
  }
  return { text: bytes.toString(), values }
}
