import type { FastifyInstance } from 'fastify'
import { requireGate, type ServerContext } from '../context.ts'
import { NotReadyError } from '../errors.ts'

/**
 * Registers `/_health` (the process runs), `/_ready` (a scrape could be served; whether the application answers makes
 * no difference, because its absence is for Prometheus to see) and `/_metrics` (about the proxy itself).
 */
export function healthRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/_health', async () => ({ status: 'ok' }))
  app.get('/_ready', async () => {
    if (context.stopping()) throw new NotReadyError('the proxy is stopping')
    requireGate(context)
    return { status: 'ready' }
  })
  app.get('/_metrics', async (_request, reply) => {
    const { registry } = context.metrics
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
