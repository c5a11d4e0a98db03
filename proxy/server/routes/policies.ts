import type { FastifyInstance } from 'fastify'
import { renderPolicyReport } from '../../policy/report-html.ts'
import type { ServerContext } from '../context.ts'
import { STYLE } from '../page.ts'

/** Registers `/_policies`: each policy and each provider, as a page for browsers and as JSON for everyone else. */
export function policiesRoute(app: FastifyInstance, context: ServerContext): void {
  app.get<{ Querystring: { format?: string } }>('/_policies', async (request, reply) => {
    const report = context.policyReport()
    const wantsPage = request.query.format !== 'json' && (request.headers.accept ?? '').includes('text/html')
    if (!wantsPage) return reply.send(report)
    return reply
      .type('text/html; charset=utf-8')
      .send(
        `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>MetricGate policies</title><style>${STYLE}</style></head>\n<body>\n<h1>MetricGate</h1>\n${renderPolicyReport(report)}</body>\n</html>\n`,
      )
  })
}
