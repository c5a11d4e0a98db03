import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { analyze, formatAnalysis } from '../../analyze/analysis.ts'
import { isFanOut } from '../../config/aggregation.ts'
import { CLIENT_STALL_MS } from '../../limits.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { requireGate, type ServerContext } from '../context.ts'
import { ScrapeDeadline } from '../deadline.ts'
import { NotReadyError } from '../errors.ts'
import type { Gate } from '../gate.ts'
import { countBytes, openExposition } from '../open-upstream.ts'
import { clientSignal, streamBody } from '../respond.ts'
import { type ScrapeRequest, scrapeRequestOf, timeoutOf, upstreamHeaders } from '../scrape-request.ts'

/** How many targets an answer names. */
const NAMED_TARGETS_MAX = 10

/** The upstream that is looked at, and the request for it. */
type Source = { readonly upstream: Upstream; readonly request: ScrapeRequest } | { readonly problem: string }

/**
 * Of a gate with one fixed upstream, that. Else the target that the parameter `target` names, or the first one; the
 * parameter is not passed on.
 */
async function sourceOf(context: ServerContext, gate: Gate, request: ScrapeRequest): Promise<Source> {
  const targets = await gate.scraper.targets(context)
  const [first] = targets
  if (first === undefined) throw new NotReadyError('there are no targets')
  if (!isFanOut(gate.config.upstreams)) return { upstream: first.upstream, request }
  const parameters = new URLSearchParams(request.query)
  const wanted = parameters.get('target')
  parameters.delete('target')
  const target = wanted === null ? first : targets.find(({ id }) => id === wanted)
  if (target !== undefined)
    return { upstream: target.upstream, request: { ...request, query: parameters.toString() } }
  const known = targets.slice(0, NAMED_TARGETS_MAX).map(({ id }) => id)
  return {
    problem: `no target ${JSON.stringify(wanted)}: among the ${targets.length} targets are ${known.join(', ')}`,
  }
}

function openDeadline(
  upstream: Upstream,
  gate: Gate,
  request: ScrapeRequest,
  reply: FastifyReply,
): ScrapeDeadline {
  return new ScrapeDeadline(upstream.url, timeoutOf(request, gate.config), clientSignal(reply))
}

/** `/source`: the upstream's own answer to this request, whatever its status and format. */
async function serveSource(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const source = await sourceOf(context, gate, scrapeRequestOf(request.raw.url ?? '', request.headers))
  if ('problem' in source)
    return reply.code(404).type('text/plain; charset=utf-8').send(`${source.problem}\n`)
  const { upstream, request: scrapeRequest } = source
  const deadline = openDeadline(upstream, gate, scrapeRequest, reply)
  try {
    const headers = await upstreamHeaders(scrapeRequest, gate.config, true)
    const { query } = scrapeRequest
    const { status, contentType, body } = await upstream.open({ headers, query, signal: deadline.signal })
    deadline.progress.answered = true
    const stallMs = timeoutOf(scrapeRequest, gate.config) + CLIENT_STALL_MS
    await streamBody(request, reply, () => ({ status, contentType, stallMs }), countBytes(body, deadline))
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
  const source = await sourceOf(context, gate, scrapeRequestOf(request.raw.url ?? '', request.headers))
  if ('problem' in source)
    return reply.code(404).type('text/plain; charset=utf-8').send(`${source.problem}\n`)
  const { upstream, request: scrapeRequest } = source
  const { query } = scrapeRequest
  const parameters = new URLSearchParams(query)
  const format = parameters.get('format') ?? 'text'
  if (format !== 'text' && format !== 'json')
    return reply
      .code(400)
      .type('text/plain; charset=utf-8')
      .send(`format: expected text or json, got ${JSON.stringify(format)}\n`)
  parameters.delete('format')
  const upstreamRequest = { ...scrapeRequest, query: parameters.toString() }
  const deadline = openDeadline(upstream, gate, upstreamRequest, reply)
  try {
    const headers = await upstreamHeaders(upstreamRequest, gate.config)
    const { query } = upstreamRequest
    const { type, body } = await openExposition(upstream, { headers, query }, deadline)
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
