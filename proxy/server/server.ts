import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify'
import { LimitExceededError } from '../exposition/limit-error.ts'
import { CLIENT_IDLE_MS } from '../limits.ts'
import { UpstreamError } from '../upstream/errors.ts'
import type { ServerContext } from './context.ts'
import { ClientGoneError, NotReadyError } from './errors.ts'
import { healthRoutes } from './routes/health.ts'
import { indexRoute } from './routes/index.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { policiesRoute } from './routes/policies.ts'
import { sourceRoutes } from './routes/source.ts'

/** The status that tells Prometheus, and whoever looks, whose failure it was. */
function statusOf(error: FastifyError): number {
  if (error instanceof UpstreamError) return error.status
  if (error instanceof LimitExceededError) return 502
  if (error instanceof NotReadyError) return 503
  return error.statusCode ?? 500
}

function handleError(context: ServerContext, error: FastifyError, path: string, reply: FastifyReply): void {
  if (error instanceof ClientGoneError) {
    reply.raw.destroy()
    return
  }
  const status = statusOf(error)
  if (status === 500) context.log.error({ path, err: error }, 'request failed')
  reply.code(status).type('text/plain; charset=utf-8').send(`${error.message}\n`)
}

/** The proxy's HTTP server, not yet listening. */
export function buildServer(context: ServerContext): FastifyInstance {
  const app = fastify({
    logger: false,
    keepAliveTimeout: CLIENT_IDLE_MS,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    handleError(context, error, request.url, reply)
    return reply
  })
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('text/plain; charset=utf-8')
      .send(`${request.method} ${request.url} is not served here; GET / lists what is\n`),
  )
  indexRoute(app, context)
  metricsRoutes(app, context)
  sourceRoutes(app, context)
  policiesRoute(app, context)
  healthRoutes(app, context)
  return app
}
