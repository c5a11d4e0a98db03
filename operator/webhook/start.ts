import type { V1OwnerReference } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import * as z from 'zod'
import { API_VERSION, PLURAL } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { validateGate } from '../api/validate.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Random } from '../kubernetes/backoff.ts'
import type { Clock } from '../kubernetes/clock.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { CertificateKeeper, type CertificateMode } from './certificates/keeper.ts'
import type { Lifetimes } from './certificates/lifetimes.ts'
import type { SecretRef } from './certificates/secret.ts'
import { standingOf } from './certificates/trust.ts'
import { type WebhookAddress, webhookConfiguration } from './configuration.ts'
import { CERTIFICATE_LIFETIMES, REQUESTS_PER_CONNECTION_MAX } from './limits.ts'
import { webhookObstacles } from './readiness.ts'
import { Registration } from './registration.ts'
import { type AdmissionRecord, startWebhookServer } from './server.ts'
import { Upkeep } from './upkeep.ts'

/** What the webhook is started with. */
export interface WebhookOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Where to listen; port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number }
  /** How the API server gets there. Port 0 in a URL: the port on which the webhook listens. */
  readonly address: WebhookAddress
  /** The operator's own namespace: certificates are kept there, and its pods are left alone. */
  readonly namespace: string
  /** The only namespaces whose pods are its business; none: all of them. */
  readonly watchNamespaces: readonly string[]
  /** Name of the MutatingWebhookConfiguration. */
  readonly configurationName: string
  /** Name of the Secret with the certificates. */
  readonly secretName: string
  /** Whose that Secret is. */
  readonly certificates: CertificateMode
  /** Default CERTIFICATE_LIFETIMES. */
  readonly lifetimes?: Lifetimes | undefined
  /** Default REQUESTS_PER_CONNECTION_MAX. */
  readonly requestsPerConnectionMax?: number | undefined
  /** Does this replica lead? The leader alone writes the Secret and the configuration. */
  readonly isLeader: () => boolean
  /** Object with which the webhook's Secret and configuration are deleted: the ClusterRole of the release. */
  readonly owner?: V1OwnerReference | undefined
  /** All valid gates, as the controller knows them, as a list that does not change; `undefined` until its first list is complete. */
  readonly gates: () => readonly MetricGate[] | undefined
  readonly sidecar: SidecarOptions
  /** Told of what happens, for metrics. */
  readonly observer: WebhookObserver
}

/** Who is told of what the webhook does. */
export interface WebhookObserver {
  /** A pod was reviewed. */
  readonly admitted: (admission: AdmissionRecord) => void
  /** The Secret with the certificates was written. */
  readonly renewed: () => void
  /** The webhook configuration was written. */
  readonly registered: () => void
}

/** A running webhook. */
export interface Webhook {
  /** Port on which it listens. */
  readonly port: number
  /** Why the API server cannot call it (yet), a sentence for each reason; none when it can. */
  readonly obstacles: () => string[]
  /** What has failed, and did not keep the API server from calling it; a sentence each. */
  readonly limitations: () => string[]
  /** Since when the API server has known of it as it is now, by the clock's `monotonicMs`; undefined: it does not, or we do not lead. */
  readonly servingSinceMs: () => number | undefined
  /** When the certificate that is served and the youngest authority expire, in ms since the epoch; undefined: there are none. */
  readonly expiry: () => { readonly leafMs: number; readonly authorityMs: number } | undefined
  /** To be called when `gates` are known and whenever one of them, or who leads, has changed: cheap if nothing came of it. */
  readonly sync: () => void
  /** Ends the upkeep, and goes on answering until API servers have turned to other replicas. */
  readonly drain: () => Promise<void>
  /** Finishes what is in flight. The configuration stays, for other replicas; pods are let in without (`Ignore`). */
  readonly stop: () => Promise<void>
}

/**
 * Starts the webhook: its HTTPS server, and from then on the upkeep of its certificates and its configuration. Resolves when it listens,
 * which it does before it has a certificate. Throws when it cannot.
 */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { client, clock, log, listen, gates, sidecar, observer } = options
  const lifetimes = options.lifetimes ?? CERTIFICATE_LIFETIMES
  const server = await startWebhookServer({
    listen,
    gates: { cached: gates, list: (namespace, signal) => listGates(client, namespace, signal) },
    sidecar,
    monotonicMs: () => clock.monotonicMs(),
    log,
    observe: observer.admitted,
    requestsPerConnectionMax: options.requestsPerConnectionMax ?? REQUESTS_PER_CONNECTION_MAX,
  })
  const address = withPort(options.address, server.port)
  const keeper = new CertificateKeeper({
    ...options,
    mode: options.certificates,
    secret: secretRef(options),
    hosts: hostsOf(options),
    lifetimes,
    serve: server.use,
    onChange: () => upkeep.sync(),
    onRenewed: observer.renewed,
  })
  const registration = new Registration({
    ...options,
    name: options.configurationName,
    onChange: () => upkeep.configurationChanged(),
    onRegistered: observer.registered,
  })
  const upkeep = new Upkeep({
    ...options,
    keeper,
    registration,
    lifetimes,
    configuration: authorities => {
      const known = gates()
      return known && webhookConfiguration({ ...options, address, authorities, gates: known })
    },
  })
  upkeep.start()
  log.info({ port: server.port }, 'the webhook listens')
  return {
    port: server.port,
    obstacles: () => obstaclesOf(options, keeper, registration, upkeep),
    limitations: () =>
      obstaclesOf(options, keeper, registration, upkeep).length === 0
        ? troublesOf(keeper, registration, upkeep)
        : [],
    servingSinceMs: () => {
      const { served, trust } = keeper
      const isTrusted = served !== undefined && standingOf(served, trust, clock.now()) !== 'refused'
      return isTrusted && options.isLeader() ? upkeep.servingSinceMs() : undefined
    },
    expiry: () => expiryOf(keeper),
    sync: () => upkeep.sync(),
    drain: async () => {
      server.drain()
      await upkeep.stop()
    },
    stop: async () => {
      await upkeep.stop()
      await server.stop()
    },
  }
}

function obstaclesOf(
  options: WebhookOptions,
  keeper: CertificateKeeper,
  registration: Registration,
  upkeep: Upkeep,
): string[] {
  const { stored, served, trust } = keeper
  return webhookObstacles({
    mode: options.certificates,
    secret: secretRef(options),
    configuration: options.configurationName,
    isSynced: upkeep.isSynced,
    exists: registration.exists,
    stored,
    served,
    trust,
    troubles: troublesOf(keeper, registration, upkeep),
    nowMs: options.clock.now(),
  })
}

function troublesOf(keeper: CertificateKeeper, registration: Registration, upkeep: Upkeep): string[] {
  const troubles = [keeper.trouble, registration.trouble, ...upkeep.troubles]
  return troubles.filter(trouble => trouble !== undefined)
}

function secretRef({ namespace, secretName }: WebhookOptions): SecretRef {
  return { namespace, name: secretName }
}

function expiryOf({ served, stored }: CertificateKeeper): ReturnType<Webhook['expiry']> {
  if (served === undefined) return undefined
  const authorityMs = stored?.authorities[0]?.untilMs ?? served.untilMs
  return { leafMs: served.untilMs, authorityMs }
}

const listSchema = z.object({ items: z.array(z.unknown()).nullable() })

async function listGates(client: ApiClient, namespace: string, signal: AbortSignal): Promise<MetricGate[]> {
  const path = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}`
  const { items } = listSchema.parse(await client.json({ path, signal }))
  return (items ?? []).map(validateGate).flatMap(validation => (validation.valid ? [validation.gate] : []))
}

/** Names under which the API server calls, for the certificate; in one of our own also those by which others would. */
function hostsOf({ address, certificates }: WebhookOptions): string[] {
  if ('url' in address) return [new URL(address.url).hostname.replace(/^\[(.*)\]$/, '$1')]
  const { name, namespace } = address.service
  const host = `${name}.${namespace}.svc`
  return certificates === 'external' ? [host] : [host, `${host}.cluster.local`, `${name}.${namespace}`]
}

function withPort(address: WebhookAddress, port: number): WebhookAddress {
  if (!('url' in address)) return address
  const url = new URL(address.url)
  if (url.port === '0') url.port = String(port)
  return { url: url.href }
}
