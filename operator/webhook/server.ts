import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { Logger } from 'pino'
import type { MetricGate } from '../api/metricgate.ts'
import { oncePer } from '../resources/once.ts'
import type { SidecarOptions } from '../resources/sidecar.ts'
import type { Issued } from './certificates/issue.ts'
import { TLS_OPTIONS } from './certificates/tls.ts'
import type { NamespaceGates } from './choose-gate.ts'
import { WEBHOOK_PATH } from './configuration.ts'
import { ADMISSION_SECONDS_MAX, BODY_BYTES_MAX, KEEP_ALIVE_MS, LIST_MS_MAX } from './limits.ts'
import type { Outcome, Reason } from './outcome.ts'
import { type AdmissionAnswer, type AdmissionRequest, ReviewError, readReview, review } from './review.ts'

/** Where gates come from. */
export interface GateSource {
  /** All gates, from memory, as a list that does not change; `undefined` until they are known. */
  readonly cached: () => readonly MetricGate[] | undefined
  /** The gates of one namespace, from the API server; asked only while `cached` knows nothing. */
  readonly list: (namespace: string, signal: AbortSignal) => Promise<readonly MetricGate[]>
}

/** One admission, for metrics. */
export interface AdmissionRecord {
  readonly outcome: Outcome
  readonly reason: Reason
  /** Nothing was created: the request only asked what would be. */
  readonly dryRun: boolean
  readonly durationMs: number
}

/** What the server needs. */
export interface WebhookServerOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly gates: GateSource
  readonly sidecar: SidecarOptions
  /** Of the clock. */
  readonly monotonicMs: () => number
  readonly log: Logger
  readonly observe: (admission: AdmissionRecord) => void
  /** A connection is closed after so many requests. */
  readonly requestsPerConnectionMax: number
}

/** A running server. */
export interface WebhookServer {
  readonly port: number
  /** The certificate for connections that begin from now on; there are none before it has one. Throws when TLS cannot use it. */
  readonly use: (certificate: Issued) => void
  /** From now on each connection is closed with its next answer; new ones are still taken. */
  readonly drain: () => void
  /** Finishes the requests in flight. */
  readonly stop: () => Promise<void>
}

/** Answers admission reviews over HTTPS. Throws when the address cannot be listened on. */
export async function startWebhookServer(options: WebhookServerOptions): Promise<WebhookServer> {
  const { listen, log, requestsPerConnectionMax } = options
  const server = fastify({
    https: TLS_OPTIONS,
    maxRequestsPerSocket: requestsPerConnectionMax,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: ADMISSION_SECONDS_MAX * 1000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
  })
  server.setErrorHandler((error, request, reply) => {
    const status = statusOf(error)
    const reason = error instanceof Error ? error.message : String(error)
    log.warn({ status, reason, client: request.ip }, 'refused a request that is no admission review')
    return reply.code(status).send({ error: reason })
  })
  let isDraining = false
  server.addHook('onSend', async (_request, reply) => {
    if (isDraining) reply.header('connection', 'close')
  })
  server.post(WEBHOOK_PATH, request => admit(readReview(request.body), options))
  await server.listen(listen)
  return {
    port: (server.server.address() as AddressInfo).port,
    use: ({ certificate, key }) => server.server.setSecureContext({ ...TLS_OPTIONS, cert: certificate, key }),
    drain: () => {
      isDraining = true
    },
    stop: () => server.close(),
  }
}

async function admit(request: AdmissionRequest, options: WebhookServerOptions): Promise<AdmissionAnswer> {
  const startedMs = options.monotonicMs()
  const gates = await gatesOf(request.namespace, options)
  const { answer, outcome, reason, error } = review(request, gates, options.sidecar)
  const { namespace, dryRun } = request
  const admission = { outcome, reason, dryRun, durationMs: options.monotonicMs() - startedMs }
  options.observe(admission)
  const context = { ...admission, namespace, warnings: answer.response.warnings }
  if (error === undefined) options.log.debug(context, 'reviewed a pod')
  else options.log.error({ ...context, err: error }, 'failed to review a pod: it is let in as it is')
  return answer
}

/** There may be thousands of them, and hundreds of admissions a second. */
const byNamespace = oncePer(
  (gates: readonly MetricGate[]): ReadonlyMap<string, readonly MetricGate[]> =>
    Map.groupBy(gates, ({ metadata }) => metadata.namespace),
)

/** A pod that is made before the caches are filled still gets the sidecar of its gate. */
async function gatesOf(namespace: string, { gates, log }: WebhookServerOptions): Promise<NamespaceGates> {
  const cached = gates.cached()
  if (cached !== undefined) {
    return { namespace, gates: byNamespace(cached).get(namespace) ?? [] }
  }
  try {
    return { namespace, gates: await gates.list(namespace, AbortSignal.timeout(LIST_MS_MAX)) }
  } catch (err) {
    log.warn({ namespace, err }, 'the MetricGates of the namespace could not be read')
    return { namespace, gates: undefined }
  }
}

function statusOf(error: unknown): number {
  if (error instanceof ReviewError) return 400
  const isFastifys = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
  return isFastifys ? Number(error.statusCode) : 500
}
