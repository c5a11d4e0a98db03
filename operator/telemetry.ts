import { Gauge, type Registry } from 'prom-client'
import type { Controller, ControllerObserver } from './controller/controller.ts'
import type { ApiObserver } from './kubernetes/api-client.ts'
import { admissionMetrics } from './telemetry/admissions.ts'
import { apiMetrics } from './telemetry/api-requests.ts'
import { buildMetrics } from './telemetry/build.ts'
import { expiryMetrics, registrationMetrics } from './telemetry/certificates.ts'
import { eventMetrics } from './telemetry/events.ts'
import { gateMetrics } from './telemetry/gates.ts'
import { leaderMetrics } from './telemetry/leader.ts'
import { PREFIX } from './telemetry/prefix.ts'
import { reconcileMetrics } from './telemetry/reconciles.ts'
import { rolloutMetrics } from './telemetry/rollouts.ts'
import { watchMetrics } from './telemetry/watches.ts'
import type { Webhook, WebhookObserver } from './webhook/start.ts'

/** The operator's metrics about itself. */
export interface Telemetry {
  readonly observeApi: ApiObserver
  readonly observer: ControllerObserver
  readonly webhookObserver: WebhookObserver
  /** Adds the metrics that are read off the controller when they are asked for. */
  readonly observeController: (controller: Controller) => void
  /** Adds when the certificates of the webhook expire. */
  readonly observeCertificates: (webhook: Pick<Webhook, 'expiry'>) => void
  /** Adds whether the operator is ready: whether there are no obstacles. */
  readonly observeReadiness: (obstacles: () => readonly string[]) => void
  /** Adds whether this replica leads; the returned function counts that this has changed. */
  readonly observeLeadership: (isLeader: () => boolean) => () => void
}

/** Registers the metrics. */
export function createTelemetry(registry: Registry, version: string): Telemetry {
  buildMetrics(registry, version)
  return {
    observeApi: apiMetrics(registry),
    observer: {
      ...reconcileMetrics(registry),
      workloadRestarted: rolloutMetrics(registry),
      eventRecorded: eventMetrics(registry),
    },
    webhookObserver: { admitted: admissionMetrics(registry), ...registrationMetrics(registry) },
    observeController: controller => stateMetrics(registry, controller),
    observeCertificates: webhook => expiryMetrics(registry, webhook),
    observeReadiness: obstacles => readinessMetrics(registry, obstacles),
    observeLeadership: isLeader => leaderMetrics(registry, isLeader),
  }
}

function stateMetrics(registry: Registry, controller: Controller): void {
  const { cluster } = controller
  new Gauge({
    name: `${PREFIX}_queue_depth`,
    help: 'Gates that wait to be reconciled.',
    registers: [registry],
    collect() {
      this.set(controller.queueDepth)
    },
  })
  watchMetrics(registry, () => cluster.health())
  gateMetrics(registry, () => cluster.allGates())
}

function readinessMetrics(registry: Registry, obstacles: () => readonly string[]): void {
  new Gauge({
    name: `${PREFIX}_ready`,
    help: 'Whether /readyz says that the operator is ready.',
    registers: [registry],
    collect() {
      this.set(obstacles().length === 0 ? 1 : 0)
    },
  })
}
