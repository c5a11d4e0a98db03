import type { KubeConfig } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { Controller } from './controller/controller.ts'
import { findOwner } from './controller/owner.ts'
import { ApiClient } from './kubernetes/api-client.ts'
import type { Random } from './kubernetes/backoff.ts'
import { type Clock, sleep } from './kubernetes/clock.ts'
import type { Pace } from './kubernetes/pacer.ts'
import { Election } from './leader/election.ts'
import { Leadership } from './leader/leadership.ts'
import { leaseStore } from './leader/lease-store.ts'
import { electionTiming } from './leader/timing.ts'
import type { OperatorOptions } from './options.ts'
import type { SidecarOptions } from './resources/sidecar.ts'
import { createTelemetry, type Telemetry } from './telemetry.ts'
import { startTelemetryServer } from './telemetry-server.ts'
import type { Lifetimes } from './webhook/certificates/lifetimes.ts'
import type { WebhookAddress } from './webhook/configuration.ts'
import { startWebhook, type Webhook } from './webhook/start.ts'

/** What the operator needs of its surroundings. */
export interface OperatorDependencies {
  readonly kubeConfig: KubeConfig
  readonly logger: Logger
  readonly clock: Clock
  readonly random: Random
  /** Who this replica is: no other one, at no time, has the same name. */
  readonly identity: string
  /** Where its metrics are registered. */
  readonly registry: Registry
  readonly version: string
  /** It cannot work, now or later: the port of the webhook is taken, for example. */
  readonly onFatal: (error: unknown) => void
  /** How long a kind that the cluster does not have may go unnoticed when it comes. */
  readonly absentMsMax?: number
  /** How long things have to be as they are before workloads are restarted. */
  readonly settleMs?: number
  /** How fast the status of gates follows their pods; default POD_CHANGES_PACE. */
  readonly podChangesPace?: Pace
  /** How long the certificates of the webhook live; default CERTIFICATE_LIFETIMES. */
  readonly certificateLifetimes?: Lifetimes
}

/** A running operator. */
export interface Operator {
  /** Port of /metrics, /healthz and /readyz. */
  readonly metricsPort: number
  /** Resolves when everything is known and the webhook listens; whether it leads is another matter. */
  readonly started: Promise<void>
  /** Port of the webhook, once it listens. */
  readonly webhookPort: () => number | undefined
  /** Does this replica lead at this moment? */
  readonly isLeader: () => boolean
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
  const { kubeConfig, logger, clock, random, registry, version, onFatal } = dependencies
  const { absentMsMax, settleMs, podChangesPace } = dependencies
  const telemetry = createTelemetry(registry, version)
  let webhook: Webhook | undefined
  const stopping = new AbortController()
  const leadership = new Leadership({
    clock,
    onGained: () => {
      logger.info({ identity: dependencies.identity }, 'this replica leads')
      countTransition()
      controller.lead()
      webhook?.sync()
    },
    onLost: why => {
      logger.info({ identity: dependencies.identity }, `this replica leads no more: ${why}`)
      countTransition()
      void controller.follow()
      webhook?.sync()
    },
  })
  const isLeader = (): boolean => leadership.isHeld
  const countTransition = telemetry.observeLeadership(isLeader)
  const access = { clock, userAgent: `metricgate-operator/${version}`, observe: telemetry.observeApi }
  const client = new ApiClient(kubeConfig, { ...access, fence: leadership })
  // With connections of its own: nothing else keeps the lease waiting.
  const leaseClient = new ApiClient(kubeConfig, access)
  const controller = new Controller({
    client,
    clock,
    random,
    logger: logger.child({ part: 'controller' }),
    sidecar: sidecarOptions(options),
    namespace: options.namespace,
    watchNamespaces: options['watch-namespaces'],
    observer: telemetry.observer,
    isLeader,
    onGatesChanged: () => webhook?.sync(),
    webhookServingSinceMs: () => webhook?.servingSinceMs(),
    ...(settleMs !== undefined && { settleMs }),
    ...(podChangesPace && { podChangesPace }),
    ...(absentMsMax !== undefined && { absentMsMax }),
  })
  telemetry.observeController(controller)
  const obstacles = (): string[] => [
    ...controller.report().obstacles,
    ...(webhook?.obstacles() ?? ['the webhook does not listen yet']),
    ...(stopping.signal.aborted ? ['the operator ends'] : []),
  ]
  telemetry.observeReadiness(obstacles)
  const election = new Election({
    ...dependencies,
    store: leaseStore(leaseClient, options.namespace),
    leadership,
    timing: electionTiming(options['lease-duration-seconds']),
    logger: logger.child({ part: 'leader' }),
  })
  const server = await startTelemetryServer({
    listen: { host: options['listen-address'], port: options['metrics-port'] },
    registry,
    ailments: () => controller.stuckWatches().map(kind => `the watch of ${kind} is stuck`),
    obstacles,
    limitations: () => [
      ...controller.report().limitations,
      ...(webhook?.limitations() ?? []),
      ...(election.trouble === undefined ? [] : [`leader election: ${election.trouble}`]),
    ],
  })
  logger.info({ version, apiServer: client.server, metricsPort: server.port }, 'the operator starts')

  // Who is called by a URL has no other replica that could be called.
  const drainMs = options['webhook-url'] === undefined ? options['drain-seconds'] * 1000 : 0
  const { signal } = stopping
  const startWebhookPart = async (): Promise<void> => {
    const parts = { client, controller, telemetry, isLeader, signal }
    webhook = await startWebhookOf(options, dependencies, parts)
    telemetry.observeCertificates(webhook)
  }
  const webhookStarting = startWebhookPart().catch(error => {
    if (!signal.aborted) onFatal(error)
  })
  // Who does not know the cluster yet is no candidate.
  const candidacy = controller.start().then(() => election.start())
  const started = Promise.all([candidacy, webhookStarting]).then(() => webhook?.sync())
  return {
    metricsPort: server.port,
    started,
    webhookPort: () => webhook?.port,
    isLeader,
    obstacles,
    stop: async () => {
      stopping.abort()
      await Promise.all([controller.stop(), webhook?.drain()])
      // Only now: whoever leads next finds nothing of ours still under way.
      await election.stop()
      // Our Service still leads here: nobody outside learns at once that a pod ends.
      await sleep(clock, drainMs)
      await Promise.all([webhook?.stop(), server.stop()])
      await Promise.all([client.close(), leaseClient.close()])
      // It may have been about to start.
      await webhookStarting
      await webhook?.stop()
      logger.info('the operator has ended')
    },
  }
}

/** What the webhook has in common with the rest of the operator. */
interface SharedParts {
  readonly client: ApiClient
  readonly controller: Controller
  readonly telemetry: Telemetry
  readonly isLeader: () => boolean
  /** Aborts when the operator ends. */
  readonly signal: AbortSignal
}

/** Starts the webhook as the options say, as soon as the API server answers. Throws when it cannot. */
async function startWebhookOf(
  options: OperatorOptions,
  { clock, random, logger, certificateLifetimes }: OperatorDependencies,
  { client, controller, telemetry, isLeader, signal }: SharedParts,
): Promise<Webhook> {
  const log = logger.child({ part: 'webhook' })
  const role = options['owner-cluster-role']
  const search = { client, clock, random, signal, logger: log }
  return startWebhook({
    client,
    clock,
    random,
    log,
    listen: { host: options['listen-address'], port: options['webhook-port'] },
    address: webhookAddress(options),
    namespace: options.namespace,
    watchNamespaces: options['watch-namespaces'],
    configurationName: options['webhook-configuration'],
    secretName: options['certificate-secret'],
    certificates: options.certificates,
    lifetimes: certificateLifetimes,
    owner: role === undefined ? undefined : await findOwner(role, search),
    gates: () => controller.cluster.validGates(),
    sidecar: sidecarOptions(options),
    observer: telemetry.webhookObserver,
    isLeader,
  })
}

function sidecarOptions(options: OperatorOptions): SidecarOptions {
  return {
    proxyImage: options['proxy-image'],
    resources: options['proxy-resources'],
    user: options['proxy-run-as-user'],
  }
}

function webhookAddress(options: OperatorOptions): WebhookAddress {
  const url = options['webhook-url']
  if (url !== undefined) return { url }
  return {
    service: { namespace: options.namespace, name: options['webhook-service'], port: WEBHOOK_SERVICE_PORT },
  }
}
