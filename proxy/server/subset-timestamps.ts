import type { ExpositionFormat } from '../exposition/format.ts'
import { type Line, LineSplitter } from '../exposition/lines.ts'
import { parseLine } from '../exposition/parse.ts'
import { printExtras } from '../gate/accumulate.ts'

/**
 * The same exposition, in which each sample without a timestamp has that of its scrape, `atMs` in milliseconds since
 * 1970. Lines that do not parse stay as they are.
 */
export function stampSamples(bytes: Uint8Array, format: ExpositionFormat, atMs: number): Uint8Array {
  const timestampText = format === 'text' ? String(Math.round(atMs)) : String(atMs / 1000)
  const splitter = new LineSplitter(format)
  const parts: Buffer[] = []
  const take = (line: Line): void => {
    parts.push(stampLine(line.bytes.toString('latin1', line.start, line.end), format, timestampText))
  }
  for (const line of splitter.push(bytes)) take(line)
  const last = splitter.finish()
  if (last !== undefined) take(last)
  return Buffer.concat(parts)
}

function stampLine(text: string, format: ExpositionFormat, timestampText: string): Buffer {
  const parsed = parseLine(text, format)
  if (parsed.kind !== 'sample' || parsed.value.timestampText !== '') return Buffer.from(text, 'latin1')
  const { series, value } = parsed
  const sample = Buffer.from(`${text.slice(0, series.end)} ${value.valueText}`, 'latin1')
  return Buffer.concat([sample, Buffer.from(`${printExtras({ ...value, timestampText })}\n`)])
}
