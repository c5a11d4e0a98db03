import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CLIENT_STALL_MS } from '../../limits.ts'
import { accepts, rewriteAccept } from '../../upstream/accept.ts'
import { UpstreamError } from '../../upstream/errors.ts'
import { requireGate, type ServerContext } from '../context.ts'
import { NotReadyError } from '../errors.ts'
import type { Gate } from '../gate.ts'
import { clientSignal, streamBody } from '../respond.ts'
import { audienceOf, type ScrapeRequest, scrapeRequestOf, timeoutOf } from '../scrape-request.ts'
import { keepShard, type Shard, takeShard } from '../shard.ts'
import type { Snapshot } from '../snapshots.ts'

/** A client, and what it asks for. */
interface Asked {
  readonly request: ScrapeRequest
  readonly shard: Shard | undefined
  readonly client: AbortSignal
}

function problem(reply: FastifyReply, status: number, text: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`)
}

/** What a client asks for; undefined if it was told what is wrong with that. */
function readRequest(request: FastifyRequest, reply: FastifyReply): Asked | undefined {
  const taken = takeShard(scrapeRequestOf(request.raw.url ?? '', request.headers))
  if ('problem' in taken) {
    problem(reply, 400, taken.problem)
    return undefined
  }
  return { ...taken, client: clientSignal(reply) }
}

/** `/metrics`: what the rules leave of a new scrape of the upstream, or of one that is under way. */
async function serveMain(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const asked = readRequest(request, reply)
  if (asked === undefined) return
  const { head, body } = gate.scraper.read(asked.request, asked.client, context)
  const stallMs = timeoutOf(asked.request, gate.config) + CLIENT_STALL_MS
  const { shard } = asked
  const output = shard === undefined ? body : keepShard(body, gate.shards.of(shard), () => head.format)
  await streamBody(request, reply, () => ({ status: 200, contentType: head.contentType, stallMs }), output)
}

/** The last scrape, if this client may see it and would have asked for the same or takes what came, and it is young enough. */
function usableSnapshot(gate: Gate, request: ScrapeRequest, nowMs: number): Snapshot | undefined {
  const { latest } = gate.snapshots
  if (latest === undefined || nowMs - latest.takenAtMs > gate.config.subsetMaxAgeMs) return undefined
  if (latest.audience !== audienceOf(request, gate.config)) return undefined
  const isSame = latest.accept === rewriteAccept(request.accept)
  return isSame || accepts(request.accept, latest.type) ? latest : undefined
}

/** The subsets of a scrape, where those of the last one do not do. Before the first success there is nothing to serve: 503. */
async function refresh(context: ServerContext, gate: Gate, { request, client }: Asked): Promise<Snapshot> {
  try {
    return await gate.scraper.refresh(request, client, context)
  } catch (error) {
    if (!(error instanceof UpstreamError) || gate.snapshots.latest !== undefined) throw error
    throw new NotReadyError(`no scrape has succeeded yet: ${error.message}`)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes
}

/** `/metrics/<subset>`: from the last scrape, or from a new one where that is too old. */
async function serveSubset(
  context: ServerContext,
  subset: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const names = gate.config.rules.subsets.map(({ name }) => name)
  if (!names.includes(subset)) {
    const known = names.length === 0 ? 'this gate has no subsets' : `the subsets are ${names.join(', ')}`
    return problem(reply, 404, `no subset ${JSON.stringify(subset)}: ${known}`)
  }
  const asked = readRequest(request, reply)
  if (asked === undefined) return
  const snapshot = usableSnapshot(gate, asked.request, context.now()) ?? (await refresh(context, gate, asked))
  const bytes = snapshot.subsets.get(subset)
  if (bytes === undefined) throw new Error(`BUG: the last scrape left no subset ${subset}`)
  const ageSeconds = Math.max(0, Math.floor((context.now() - snapshot.takenAtMs) / 1000))
  const head = {
    status: 200,
    contentType: snapshot.contentType,
    stallMs: CLIENT_STALL_MS,
    headers: { age: String(ageSeconds), 'last-modified': new Date(snapshot.takenAtMs).toUTCString() },
  }
  const { shard } = asked
  const whole = once(bytes)
  const output =
    shard === undefined ? whole : keepShard(whole, gate.shards.of(shard), () => snapshot.type.format)
  await streamBody(request, reply, () => head, output)
}

/** Registers `/metrics` and `/metrics/<subset>`. */
export function metricsRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/metrics', (request, reply) => serveMain(context, request, reply))
  app.get<{ Params: { subset: string } }>('/metrics/:subset', (request, reply) =>
    serveSubset(context, request.params.subset, request, reply),
  )
}
