import * as z from 'zod'
import type { Stage } from './stage.ts'

/** A counter as Prometheus has it: the values of all its samples in a range, the oldest first. */
export interface CounterSeries {
  readonly labels: Readonly<Record<string, string>>
  readonly values: readonly number[]
}

const matrixSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
})

/** All samples that Prometheus took of a counter in the last seconds. */
export async function samplesOf(stage: Stage, selector: string, seconds: number): Promise<CounterSeries[]> {
  const query = encodeURIComponent(`${selector}[${Math.ceil(seconds)}s]`)
  const { body } = await stage.prometheusPage(`/api/v1/query?query=${query}`)
  const { data } = matrixSchema.parse(JSON.parse(body))
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    values: values.map(([, value]) => Number(value)),
  }))
}

/**
 * What processes that each count from 0 have counted up to their last sample: the last value of each series, and the last one before
 * each fall, which is where a process ended.
 */
export function countedInAll(series: readonly CounterSeries[]): number {
  return series.reduce((sum, { values }) => sum + countedIn(values), 0)
}

function countedIn(values: readonly number[]): number {
  const lastOfLives = values.filter((value, index) => {
    const next = values[index + 1]
    return next === undefined || next < value
  })
  return lastOfLives.reduce((sum, value) => sum + value, 0)
}
