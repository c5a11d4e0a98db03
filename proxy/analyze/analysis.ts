import type { ExpositionFormat } from '../exposition/format.ts'
import { SampleReader } from '../exposition/samples.ts'
import { escapeLabel } from '../exposition/text.ts'
import { Cardinality, type LabelCardinality, type MetricCardinality } from './cardinality.ts'

/** What an exposition consists of. */
export interface Analysis {
  /** Series of all metrics. */
  readonly series: number
  readonly metrics: readonly MetricCardinality[]
  /** Lines that are not valid, and are not counted. */
  readonly malformedLines: number
  /** Bytes that were read. */
  readonly bytes: number
  /** Whether the exposition goes on behind what was read. */
  readonly truncated: boolean
}

/**
 * Counts what an exposition consists of, while it arrives. Reads at most `bytesMax` bytes, if that is not 0.
 *
 * @throws {LimitExceededError} if a line is longer than any exposition has; what the body throws
 */
export async function analyze(
  body: AsyncIterable<Uint8Array>,
  format: ExpositionFormat,
  bytesMax: number,
): Promise<Analysis> {
  const reader = new SampleReader(format)
  const cardinality = new Cardinality()
  const room = bytesMax === 0 ? Number.POSITIVE_INFINITY : bytesMax
  let bytes = 0
  let truncated = false
  for await (const chunk of body) {
    truncated = bytes + chunk.length > room
    const admitted = truncated ? chunk.subarray(0, room - bytes) : chunk
    bytes += admitted.length
    for (const sample of reader.push(admitted)) cardinality.add(sample.name, sample.labels)
    if (truncated) break
  }
  // A line that was cut is not malformed; it is left out.
  if (!truncated) for (const sample of reader.finish()) cardinality.add(sample.name, sample.labels)
  const metrics = cardinality.report()
  const series = metrics.reduce((sum, metric) => sum + metric.series, 0)
  return { series, metrics, malformedLines: reader.malformedLines, bytes, truncated }
}

function formatLabel({ label, distinctValues, values }: LabelCardinality): string {
  const list = values === undefined ? '' : ` [${values.map(escapeLabel).join(', ')}]`
  return `  ${distinctValues} ${label}${list}\n`
}

function formatMetric({ metric, series, labels }: MetricCardinality): string {
  return `\n${series} ${metric}\n${labels.map(formatLabel).join('')}`
}

/**
 * The analysis as text, in the form of sepich/metric-gate's report: each metric with its number of series, and
 * indented below it its labels with their numbers of values. What is left out is said in the last lines.
 */
export function formatAnalysis({ metrics, malformedLines, bytes, truncated }: Analysis): string {
  const notes = [
    ...(malformedLines > 0 ? [`# ${malformedLines} malformed lines are not counted\n`] : []),
    ...(truncated ? [`# only the first ${bytes} bytes were read (max_input_bytes_per_scrape)\n`] : []),
  ]
  return `${metrics.map(formatMetric).join('')}${notes.length > 0 ? '\n' : ''}${notes.join('')}`
}
