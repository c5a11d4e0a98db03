import type { KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { ApiClient } from './controller/api-client.ts'
import type { Random } from './controller/backoff.ts'
import type { Clock } from './controller/clock.ts'
import { Controller } from './controller/controller.ts'
import { findOwner } from './controller/owner.ts'
import type { OperatorOptions } from './options.ts'
import { createTelemetry } from './telemetry.ts'
import { startTelemetryServer } from './telemetry-server.ts'
import type { WebhookAddress } from './webhook/configuration.ts'
import { startWebhook, type Webhook } from './webhook/start.ts'

/** What the operator needs of its surroundings. */
export interface OperatorDependencies {
  readonly kubeConfig: KubeConfig
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  /** Where its metrics are registered. */
  readonly registry: Registry
  readonly version: string
  /** It cannot work, now or later: the port of the webhook is taken, for example. */
  readonly onFatal: (error: unknown) => void
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
  /** How long things have to be as they are before workloads are restarted. */
  readonly settleMs?: number
}

/** A running operator. */
export interface Operator {
  /** Port of /metrics, /healthz and /readyz. */
  readonly metricsPort: number
  /** Resolves when everything is known, reconciling has begun, and the webhook listens. */
  readonly started: Promise<void>
  /** Port of the webhook, once it listens. */
  readonly webhookPort: () => number | undefined
  /** Why it does not do its work (yet), as /readyz says. */
  readonly obstacles: () => string[]
  /** Ends everything that it does, without a trace in this process. */
  readonly stop: () => Promise<void>
}

/** Where the API server calls the webhook's Service. */
const WEBHOOK_SERVICE_PORT = 443

/**
 * Starts the operator: /healthz and the like at once, the rest as soon as the API server answers, for which it waits. Throws when
 * the kubeconfig names no cluster or the metrics port is taken.
 */
export async function runOperator(
  options: OperatorOptions,
  dependencies: OperatorDependencies,
): Promise<Operator> {
  const { kubeConfig, logger, clock, random, registry, version, onFatal, absentMsMax, settleMs } =
    dependencies
  const telemetry = createTelemetry(registry)
  const client = new ApiClient(kubeConfig, {
    clock,
    userAgent: `metricgate-operator/${version}`,
    observe: telemetry.observeApi,
  })
  let webhook: Webhook | undefined
  const sidecar = { proxyImage: options['proxy-image'] }
  const controller = new Controller({
    client,
    clock,
    random,
    logger: logger.child({ part: 'controller' }),
    sidecar,
    namespace: options.namespace,
    observer: telemetry.observer,
    onGatesChanged: () => webhook?.sync(),
    webhookServingSinceMs: () => webhook?.servingSinceMs(),
    ...(settleMs !== undefined && { settleMs }),
    ...(absentMsMax !== undefined && { absentMsMax }),
  })
  telemetry.observeController(controller)
  const obstacles = (): string[] => [
    ...controller.obstacles(),
    ...(webhook?.ready() === true ? [] : ['the webhook is not registered with the API server yet']),
  ]
  const host = options['listen-address']
  const server = await startTelemetryServer({
    listen: { host, port: options['metrics-port'] },
    registry,
    ailments: () => controller.stuckWatches().map(kind => `the watch of ${kind} is stuck`),
    obstacles,
  })
  logger.info({ version, apiServer: client.server, metricsPort: server.port }, 'the operator starts')

  const stopping = new AbortController()
  const { signal } = stopping
  const startWebhookPart = async (): Promise<void> => {
    const part = { client, clock, random, signal }
    const log = logger.child({ part: 'webhook' })
    const role = options['owner-cluster-role']
    webhook = await startWebhook({
      ...part,
      log,
      listen: { host, port: options['webhook-port'] },
      address: webhookAddress(options),
      namespace: options.namespace,
      owner: role === undefined ? undefined : await findOwner(role, { ...part, logger: log }),
      gates: () => controller.cluster.validGates(),
      sidecar,
      observe: telemetry.observeAdmission,
    })
  }
  const webhookStarting = startWebhookPart().catch(error => {
    if (!signal.aborted) onFatal(error)
  })
  const started = Promise.all([controller.start(), webhookStarting]).then(() => webhook?.sync())
  return {
    metricsPort: server.port,
    started,
    webhookPort: () => webhook?.port,
    obstacles,
    stop: async () => {
      stopping.abort()
      await Promise.all([controller.stop(), webhook?.stop(), server.stop()])
      await client.close()
      // It may have been about to start.
      await webhookStarting
      await webhook?.stop()
      logger.info('the operator has ended')
    },
  }
}

function webhookAddress(options: OperatorOptions): WebhookAddress {
  const url = options['webhook-url']
  if (url !== undefined) return { url }
  return {
    service: { namespace: options.namespace, name: options['webhook-service'], port: WEBHOOK_SERVICE_PORT },
  }
}
