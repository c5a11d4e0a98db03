import { Counter, Histogram, type Registry } from 'prom-client'
import { WATCHED_KINDS } from '../controller/cluster-watch.ts'
import type { ControllerObserver } from '../controller/controller.ts'
import { PREFIX } from './prefix.ts'

type Observer<Call extends keyof ControllerObserver> = Pick<ControllerObserver, Call>

/** Registers the metrics of reconciling and of what comes of it; returns who is to be told of it. */
export function reconcileMetrics(
  registry: Registry,
): Omit<ControllerObserver, 'workloadRestarted' | 'eventRecorded'> {
  return { ...runMetrics(registry), ...writeMetrics(registry), ...troubleMetrics(registry) }
}

function runMetrics(registry: Registry): Observer<'reconciled' | 'dequeued' | 'retried'> {
  const registers = [registry]
  const reconciles = new Counter({
    name: `${PREFIX}_reconciles_total`,
    help: 'Reconciliations of gates by result.',
    labelNames: ['result'],
    registers,
  })
  const duration = new Histogram({
    name: `${PREFIX}_reconcile_duration_seconds`,
    help: 'Time that a reconciliation took.',
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  })
  const waits = new Histogram({
    name: `${PREFIX}_queue_duration_seconds`,
    help: 'Time that a gate waited in the queue before its reconciliation began.',
    buckets: [0.001, 0.01, 0.1, 0.5, 1, 5, 15, 60, 300],
    registers,
  })
  const retries = new Counter({
    name: `${PREFIX}_queue_retries_total`,
    help: 'Gates put back into the queue because their reconciliation failed.',
    registers,
  })
  for (const result of ['success', 'failure']) reconciles.inc({ result }, 0)
  return {
    reconciled: (result, durationMs) => {
      reconciles.inc({ result })
      duration.observe(durationMs / 1000)
    },
    dequeued: waitedMs => waits.observe(waitedMs / 1000),
    retried: () => retries.inc(),
  }
}

function writeMetrics(registry: Registry): Observer<'applied' | 'deleted' | 'statusWritten'> {
  const registers = [registry]
  const applied = new Counter({
    name: `${PREFIX}_objects_applied_total`,
    help: 'Objects of gates that were applied, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const deleted = new Counter({
    name: `${PREFIX}_objects_deleted_total`,
    help: 'Objects that gates no longer wanted and that were deleted, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const statuses = new Counter({
    name: `${PREFIX}_status_writes_total`,
    help: 'Times that the status of a gate was written.',
    registers,
  })
  return {
    applied: kind => applied.inc({ kind }),
    deleted: kind => deleted.inc({ kind }),
    statusWritten: () => statuses.inc(),
  }
}

function troubleMetrics(registry: Registry): Observer<'watchRestarted' | 'handlerFailed'> {
  const registers = [registry]
  const restarts = new Counter({
    name: `${PREFIX}_watch_restarts_total`,
    help: 'Lists and watches that failed and were tried again, by kind and reason (expired, absent, failed).',
    labelNames: ['kind', 'reason'],
    registers,
  })
  const failures = new Counter({
    name: `${PREFIX}_handler_failures_total`,
    help: 'Objects whose change could not be handled, by kind: each is a bug.',
    labelNames: ['kind'],
    registers,
  })
  // There from the start, so that a first one shows as an increase.
  for (const { kind } of WATCHED_KINDS) failures.inc({ kind }, 0)
  return {
    watchRestarted: ({ kind }, reason) => restarts.inc({ kind, reason }),
    handlerFailed: ({ kind }) => failures.inc({ kind }),
  }
}
