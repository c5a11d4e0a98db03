import type { FastifyInstance } from 'fastify'
import type { ServerContext } from '../context.ts'
import { overviewOf } from '../overview.ts'
import { renderHtml, renderText } from '../page.ts'

/** Registers `/`: what there is and how it is, as a page for browsers and as text for everyone else. */
export function indexRoute(app: FastifyInstance, context: ServerContext): void {
  app.get('/', async (request, reply) => {
    const overview = overviewOf(
      context.version,
      context.gate(),
      context.reload(),
      context.lastScrape(),
      context.lastRound(),
    )
    const isBrowser = (request.headers.accept ?? '').includes('text/html')
    return isBrowser
      ? reply.type('text/html; charset=utf-8').send(renderHtml(overview))
      : reply.type('text/plain; charset=utf-8').send(renderText(overview))
  })
}
