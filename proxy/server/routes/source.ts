import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { analyze, formatAnalysis } from '../../analyze/analysis.ts'
import { requireGate, type ServerContext } from '../context.ts'
import { ScrapeDeadline } from '../deadline.ts'
import type { Gate } from '../gate.ts'
import { CLIENT_STALL_MS } from '../limits.ts'
import { countBytes, openExposition } from '../open-upstream.ts'
import { clientSignal, streamBody } from '../respond.ts'
import { type ScrapeRequest, scrapeRequestOf, timeoutOf, upstreamHeaders } from '../scrape-request.ts'

function openDeadline(gate: Gate, request: ScrapeRequest, reply: FastifyReply): ScrapeDeadline {
  return new ScrapeDeadline(gate.upstream.url, timeoutOf(request, gate.config), clientSignal(reply))
}

/** `/source`: the upstream's own answer to this request, whatever its status and format. */
async function serveSource(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const scrapeRequest = scrapeRequestOf(request.raw.url ?? '', request.headers)
  const deadline = openDeadline(gate, scrapeRequest, reply)
  try {
    const headers = await upstreamHeaders(scrapeRequest, gate.config, true)
    const { query } = scrapeRequest
    const { status, contentType, body } = await gate.upstream.open({
      headers,
      query,
      signal: deadline.signal,
    })
    deadline.progress.answered = true
    const stallMs = timeoutOf(scrapeRequest, gate.config) + CLIENT_STALL_MS
    await streamBody(request, reply, { status, contentType, stallMs }, countBytes(body, deadline))
  } finally {
    deadline.end()
  }
}

/** `/analyze`: what the upstream's metrics consist of, as text or, with `?format=json`, as JSON. */
async function serveAnalysis(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const { query, ...scrapeRequest } = scrapeRequestOf(request.raw.url ?? '', request.headers)
  const parameters = new URLSearchParams(query)
  const format = parameters.get('format') ?? 'text'
  if (format !== 'text' && format !== 'json')
    return reply
      .code(400)
      .type('text/plain; charset=utf-8')
      .send(`format: expected text or json, got ${JSON.stringify(format)}\n`)
  parameters.delete('format')
  const upstreamRequest = { ...scrapeRequest, query: parameters.toString() }
  const deadline = openDeadline(gate, upstreamRequest, reply)
  try {
    const { type, body } = await openExposition(gate, upstreamRequest, deadline)
    const analysis = await analyze(body, type.format, gate.config.limits.inputBytesMax)
    if (format === 'json') reply.type('application/json').send(`${JSON.stringify(analysis)}\n`)
    else reply.type('text/plain; charset=utf-8').send(formatAnalysis(analysis))
  } finally {
    deadline.end()
  }
}

/** Registers what shows the upstream's metrics before the rules. */
export function sourceRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/source', (request, reply) => serveSource(context, request, reply))
  app.get('/analyze', (request, reply) => serveAnalysis(context, request, reply))
}
