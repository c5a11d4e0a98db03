import * as z from 'zod'
import { type ApiServerAccess, getThroughApiServer } from '../through-api-server.ts'
import { MONITORING_NAMESPACE } from './install.ts'

/** One series of an instant vector. */
export interface Sample {
  /** Its labels, `__name__` among them. */
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

const answerSchema = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
})

/**
 * Asks the Prometheus of `installMonitoring` for the instant vector that an expression has now.
 * @throws Error with its answer when that is not a vector
 */
export async function prometheusQuery(access: ApiServerAccess, expression: string): Promise<Sample[]> {
  const endpoint = {
    kind: 'services',
    namespace: MONITORING_NAMESPACE,
    name: 'prometheus-operated',
    port: 'web',
  } as const
  const path = `/api/v1/query?query=${encodeURIComponent(expression)}`
  const { status, body } = await getThroughApiServer(access, endpoint, path)
  if (status !== 200) throw new Error(`Prometheus answered ${status} to ${expression}: ${body}`)
  const { data } = answerSchema.parse(JSON.parse(body))
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: prometheusNumber(value) }))
}

/** Prometheus writes infinities as `+Inf` and `-Inf`. */
function prometheusNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}
