import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import type { Registry } from 'prom-client'

/** What is served. */
export interface TelemetryServerOptions {
  readonly listen: { readonly host: string; readonly port: number }
  readonly registry: Registry
  /** Why the operator should be restarted: a sentence for each reason, none when all is well. */
  readonly ailments: () => readonly string[]
  /** Why the operator does not do its work (yet): a sentence for each reason, none when it does. */
  readonly obstacles: () => readonly string[]
  /** What it does its work without, a sentence each: it is ready nevertheless. */
  readonly limitations: () => readonly string[]
}

/** A running server. */
export interface TelemetryServer {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Serves /metrics, /healthz (liveness) and /readyz (readiness). Throws when the address cannot be listened on. */
export async function startTelemetryServer(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const { listen, registry, ailments, obstacles, limitations } = options
  const server = fastify({ forceCloseConnections: true })
  server.get('/healthz', (_request, reply) =>
    reply.code(ailments().length === 0 ? 200 : 500).send(report(ailments())),
  )
  server.get('/readyz', (_request, reply) =>
    reply.code(obstacles().length === 0 ? 200 : 503).send(report([...obstacles(), ...limitations()])),
  )
  server.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  )
  await server.listen(listen)
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => server.close(),
  }
}

function report(reasons: readonly string[]): string {
  return reasons.length === 0 ? 'ok\n' : reasons.map(reason => `${reason}\n`).join('')
}
