import { expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import { WATCHED_KINDS } from '../../../operator/controller/cluster-watch.ts'
import { POD } from '../../../operator/kubernetes/kinds.ts'
import { reconcileMetrics } from '../../../operator/telemetry/reconciles.ts'

/** Failures to handle an object, by its kind. */
async function handlerFailures(registry: Registry): Promise<Record<string, number>> {
  const { values = [] } =
    (await registry.getSingleMetric('metricgate_operator_handler_failures_total')?.get()) ?? {}
  return Object.fromEntries(values.map(({ labels, value }) => [labels.kind, value]))
}

test('no kind has failed at the start, which is told, so that the first failure is an increase', async () => {
  const registry = new Registry()
  const { handlerFailed } = reconcileMetrics(registry)
  const none = Object.fromEntries(WATCHED_KINDS.map(({ kind }) => [kind, 0]))
  expect(await handlerFailures(registry)).toEqual(none)
  handlerFailed(POD)
  expect(await handlerFailures(registry)).toEqual({ ...none, Pod: 1 })
})
