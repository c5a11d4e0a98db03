import { Counter, Histogram, type Registry } from 'prom-client'
import type { AdmissionRecord } from '../webhook/server.ts'
import { PREFIX } from './prefix.ts'

/** Pods that should have got a sidecar and did not, for a reason that is ours: there from the start, so that a first one shows as an increase. */
const FAILURES = ['InternalError', 'GatesUnknown'] as const

/** Registers the metrics of the webhook; returns who is to be told of each admission. */
export function admissionMetrics(registry: Registry): (admission: AdmissionRecord) => void {
  const registers = [registry]
  const admissions = new Counter({
    name: `${PREFIX}_admissions_total`,
    help: 'Pods that the webhook was asked about, by outcome and reason.',
    labelNames: ['outcome', 'reason', 'dry_run'],
    registers,
  })
  const duration = new Histogram({
    name: `${PREFIX}_admission_duration_seconds`,
    help: 'Time to answer the API server about a pod.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5],
    registers,
  })
  for (const reason of FAILURES) admissions.inc({ outcome: 'skipped', reason, dry_run: 'false' }, 0)
  return ({ outcome, reason, dryRun, durationMs }) => {
    admissions.inc({ outcome, reason, dry_run: String(dryRun) })
    duration.observe(durationMs / 1000)
  }
}
