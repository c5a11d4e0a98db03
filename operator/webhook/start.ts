import type { V1OwnerReference } from '@kubernetes/client-node'
import type { Logger } from 'pino'
import * as z from 'zod'
import { API_VERSION, PLURAL } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { validateGate } from '../api/validate.ts'
import type { ApiClient } from '../controller/api-client.ts'
import { backoffMs, type Random } from '../controller/backoff.ts'
import { type Clock, sleep } from '../controller/clock.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import { type CertificateStoreOptions, ensureCertificates } from './certificate-store.ts'
import type { Certificates } from './certificates.ts'
import { type WebhookAddress, webhookConfiguration } from './configuration.ts'
import { REGISTRATION_BACKOFF } from './limits.ts'
import { Registration } from './registration.ts'
import { type AdmissionRecord, startWebhookServer } from './server.ts'

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
  /** Object with which the webhook's Secret and configuration are deleted: the ClusterRole of the release. */
  readonly owner?: V1OwnerReference | undefined
  /** All valid gates, as the controller knows them; `undefined` until its first list is complete. */
  readonly gates: () => readonly MetricGate[] | undefined
  readonly sidecar: SidecarOptions
  /** Told of every admission, for metrics. */
  readonly observe: (admission: AdmissionRecord) => void
  /** Gives up waiting for an API server that does not answer. */
  readonly signal: AbortSignal
}

/** A running webhook. */
export interface Webhook {
  /** Port on which it listens. */
  readonly port: number
  /** Does the API server know of it? It listens already. */
  readonly ready: () => boolean
  /** Since when the API server has known of it as it is now, in ms since the epoch; undefined: it does not. */
  readonly servingSinceMs: () => number | undefined
  /** To be called when `gates` are known and whenever one of them has changed: cheap if nothing came of it. */
  readonly sync: () => void
  /** Finishes what is in flight. The configuration stays, for other replicas; pods are let in without (`Ignore`). */
  readonly stop: () => Promise<void>
}

/**
 * Starts the webhook: its certificates (from the Secret, or made), its HTTPS server, and its registration with the API
 * server, which is kept from then on. Resolves when it listens; waits for an API server that is not there yet. Throws when it
 * cannot listen, and the signal's reason when that aborts first.
 */
export async function startWebhook(options: WebhookOptions): Promise<Webhook> {
  const { client, clock, random, log, listen, namespace, owner, gates, sidecar, observe } = options
  const now = (): number => clock.now()
  const certificateStore = { client, namespace, hosts: hostsOf(options.address), owner, now, log }
  const certificates = await awaitCertificates(certificateStore, options)
  const list = (of: string, signal: AbortSignal): Promise<MetricGate[]> => listGates(client, of, signal)
  const server = await startWebhookServer({
    listen,
    certificates,
    gates: { cached: gates, list },
    sidecar,
    now,
    log,
    observe,
  })
  const address = withPort(options.address, server.port)
  const registration = new Registration({
    client,
    clock,
    random,
    log,
    certificateStore,
    certificates,
    configuration: authorities => {
      const known = gates()
      return known && webhookConfiguration({ address, authorities, namespace, gates: known, owner })
    },
    serve: server.use,
  })
  registration.start()
  log.info({ port: server.port }, 'the webhook listens')
  return {
    port: server.port,
    ready: () => registration.registered,
    servingSinceMs: () => registration.servingSinceMs,
    sync: () => registration.sync(),
    stop: async () => {
      await registration.stop()
      await server.stop()
    },
  }
}

async function awaitCertificates(
  store: CertificateStoreOptions,
  { clock, random, log, signal }: WebhookOptions,
): Promise<Certificates> {
  for (let failures = 1; ; failures++) {
    signal.throwIfAborted()
    try {
      return await ensureCertificates(store)
    } catch (err) {
      const retryMs = backoffMs(failures, REGISTRATION_BACKOFF, random)
      log.warn({ err, retryMs }, 'could not read or create the certificates of the webhook')
      await sleep(clock, retryMs, signal)
    }
  }
}

const listSchema = z.object({ items: z.array(z.unknown()).nullable() })

async function listGates(client: ApiClient, namespace: string, signal: AbortSignal): Promise<MetricGate[]> {
  const path = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(namespace)}/${PLURAL}`
  const { items } = listSchema.parse(await client.json({ path, signal }))
  return (items ?? []).map(validateGate).flatMap(validation => (validation.valid ? [validation.gate] : []))
}

/** Names under which the API server calls, for the certificate. */
function hostsOf(address: WebhookAddress): string[] {
  if ('url' in address) return [new URL(address.url).hostname.replace(/^\[(.*)\]$/, '$1')]
  const { name, namespace } = address.service
  const host = `${name}.${namespace}.svc`
  return [host, `${host}.cluster.local`, `${name}.${namespace}`]
}

function withPort(address: WebhookAddress, port: number): WebhookAddress {
  if (!('url' in address)) return address
  const url = new URL(address.url)
  if (url.port === '0') url.port = String(port)
  return { url: url.href }
}
