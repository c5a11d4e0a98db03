import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ApiObserver } from './controller/api-client.ts'
import type { Controller, ControllerObserver } from './controller/controller.ts'
import type { AdmissionRecord } from './webhook/server.ts'

const PREFIX = 'metricgate_operator'

/** The operator's metrics about itself. */
export interface Telemetry {
  readonly observeApi: ApiObserver
  readonly observer: ControllerObserver
  readonly observeAdmission: (admission: AdmissionRecord) => void
  /** Adds the metrics that are read off the controller when they are asked for. */
  readonly observeController: (controller: Controller) => void
}

/** Registers the metrics. */
export function createTelemetry(registry: Registry): Telemetry {
  return {
    observeApi: apiMetrics(registry),
    observer: controllerMetrics(registry),
    observeAdmission: admissionMetrics(registry),
    observeController: controller => stateMetrics(registry, controller),
  }
}

function apiMetrics(registry: Registry): ApiObserver {
  const registers = [registry]
  const requests = new Counter({
    name: `${PREFIX}_api_requests_total`,
    help: 'Requests to the API server by method and status code; code 0: no answer.',
    labelNames: ['method', 'code'],
    registers,
  })
  const duration = new Histogram({
    name: `${PREFIX}_api_request_duration_seconds`,
    help: 'Time from sending a request to the API server to the headers of its answer.',
    labelNames: ['method'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  return ({ method = 'GET' }, code, durationMs) => {
    requests.inc({ method, code })
    duration.observe({ method }, durationMs / 1000)
  }
}

function controllerMetrics(registry: Registry): ControllerObserver {
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
  for (const result of ['success', 'failure']) reconciles.inc({ result }, 0)
  return {
    reconciled: (result, durationMs) => {
      reconciles.inc({ result })
      duration.observe(durationMs / 1000)
    },
    applied: kind => applied.inc({ kind }),
    deleted: kind => deleted.inc({ kind }),
    statusWritten: () => statuses.inc(),
    watchRestarted: ({ kind }, reason) => restarts.inc({ kind, reason }),
    handlerFailed: ({ kind }) => failures.inc({ kind }),
  }
}

function admissionMetrics(registry: Registry): Telemetry['observeAdmission'] {
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
  return ({ outcome, reason, dryRun, durationMs }) => {
    admissions.inc({ outcome, reason, dry_run: String(dryRun) })
    duration.observe(durationMs / 1000)
  }
}

function stateMetrics(registry: Registry, controller: Controller): void {
  const registers = [registry]
  new Gauge({
    name: `${PREFIX}_queue_depth`,
    help: 'Gates that wait to be reconciled.',
    registers,
    collect() {
      this.set(controller.queueDepth)
    },
  })
  new Gauge({
    name: `${PREFIX}_watched_objects`,
    help: 'Objects that are watched, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, objects } of controller.cluster.health()) this.set({ kind: kind.kind }, objects)
    },
  })
  new Gauge({
    name: `${PREFIX}_watch_last_progress_timestamp_seconds`,
    help: 'When the API server last said something about the kind: about once a minute, if only that there is nothing new.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, lastProgressMs } of controller.cluster.health()) {
        this.set({ kind: kind.kind }, lastProgressMs / 1000)
      }
    },
  })
  new Gauge({
    name: `${PREFIX}_gates`,
    help: 'Gates by the status of their condition Ready.',
    labelNames: ['ready'],
    registers,
    collect() {
      const counts = { True: 0, False: 0, Unknown: 0 }
      for (const { status } of controller.cluster.allGates()) {
        counts[status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'] += 1
      }
      for (const [ready, count] of Object.entries(counts)) this.set({ ready }, count)
    },
  })
}
