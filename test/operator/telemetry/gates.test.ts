import { expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import type { MetricGateStatus } from '../../../operator/api/metricgate.ts'
import type { WatchedGate } from '../../../operator/controller/watched.ts'
import { gateMetrics } from '../../../operator/telemetry/gates.ts'
import { watchedGate } from '../controller/support/watched.ts'

function gate(name: string, ready: 'True' | 'False', pods: MetricGateStatus['pods']): WatchedGate {
  const condition = { type: 'Ready', status: ready, reason: 'Any', message: '', lastTransitionTime: '' }
  return { ...watchedGate({}, { name }), status: { conditions: [condition], pods } }
}

/** The values of a metric by their labels, joined. */
async function read(registry: Registry, name: string): Promise<Record<string, number>> {
  const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {}
  return Object.fromEntries(values.map(({ labels, value }) => [Object.values(labels).join(' '), value]))
}

test('pods are summed over gates, and gates counted by readiness', async () => {
  const registry = new Registry()
  const gates = [
    gate('a', 'True', { matched: 3, injected: 2, missed: 1, outdated: 1 }),
    gate('b', 'False', { matched: 4, injected: 4, missed: 0, outdated: 2 }),
    { ...watchedGate({}, { name: 'new' }), status: {} },
  ]
  gateMetrics(registry, () => gates)
  expect(await read(registry, 'metricgate_operator_pods')).toEqual({
    matched: 7,
    injected: 6,
    missed: 1,
    outdated: 3,
  })
  expect(await read(registry, 'metricgate_operator_gates')).toEqual({ True: 1, False: 1, Unknown: 1 })
})

test('a problem is there as long as the gate has it', async () => {
  const registry = new Registry()
  let gates = [gate('a', 'False', undefined)]
  gateMetrics(registry, () => gates)
  expect(await read(registry, 'metricgate_operator_gate_problem')).toEqual({ 'default a Ready Any': 1 })
  gates = [gate('a', 'True', undefined)]
  expect(await read(registry, 'metricgate_operator_gate_problem')).toEqual({})
})
