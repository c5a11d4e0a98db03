import { Counter, type Registry } from 'prom-client'
import type { RestartResult } from '../rollout/rollouts.ts'
import { PREFIX } from './prefix.ts'

const RESULTS: readonly RestartResult[] = ['success', 'conflict', 'failure']

/** Registers the metrics of restarting workloads; returns who is to be told of each try. */
export function rolloutMetrics(registry: Registry): (result: RestartResult) => void {
  const restarts = new Counter({
    name: `${PREFIX}_rollout_restarts_total`,
    help: 'Workloads that were to be restarted for their sidecars, by result; conflict: the workload had just changed.',
    labelNames: ['result'],
    registers: [registry],
  })
  for (const result of RESULTS) restarts.inc({ result }, 0)
  return result => restarts.inc({ result })
}
