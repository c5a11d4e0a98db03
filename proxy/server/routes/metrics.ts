import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { accepts, rewriteAccept } from '../../upstream/accept.ts'
import { requireGate, type ServerContext } from '../context.ts'
import type { Gate } from '../gate.ts'
import { CLIENT_STALL_MS } from '../limits.ts'
import { clientSignal, streamBody } from '../respond.ts'
import { openScrape } from '../scrape.ts'
import { audienceOf, type ScrapeRequest, scrapeRequestOf, timeoutOf } from '../scrape-request.ts'
import type { Snapshot } from '../snapshots.ts'

/** `/metrics`: what the rules leave of a new scrape of the upstream. */
async function serveMain(
  context: ServerContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const gate = requireGate(context)
  const scrapeRequest = scrapeRequestOf(request.raw.url ?? '', request.headers)
  const { contentType, main } = await openScrape(gate, scrapeRequest, clientSignal(reply), context)
  const stallMs = timeoutOf(scrapeRequest, gate.config) + CLIENT_STALL_MS
  await streamBody(request, reply, { status: 200, contentType, stallMs }, main)
}

/** The last scrape, if this client may see it, takes its format, and it is young enough. */
function usableSnapshot(gate: Gate, request: ScrapeRequest, nowMs: number): Snapshot | undefined {
  const { latest } = gate.snapshots
  if (latest === undefined || nowMs - latest.takenAtMs > gate.config.subsetMaxAgeMs) return undefined
  if (latest.audience !== audienceOf(request, gate.config)) return undefined
  return accepts(request.accept, latest.mediaType) ? latest : undefined
}

/** Scrapes the upstream for its subsets alone. It goes on for the others when one of several clients leaves. */
async function refresh(context: ServerContext, gate: Gate, request: ScrapeRequest): Promise<Snapshot> {
  const key = `${rewriteAccept(request.accept)}\n${audienceOf(request, gate.config)}`
  return gate.snapshots.refresh(key, async () => {
    const { main } = await openScrape(gate, request, new AbortController().signal, context)
    // Not the latest of the snapshots: another client's may have come in the meantime.
    for (;;) {
      const step = await main.next()
      if (step.done) return step.value
    }
  })
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
    return reply
      .code(404)
      .type('text/plain; charset=utf-8')
      .send(`no subset ${JSON.stringify(subset)}: ${known}\n`)
  }
  const scrapeRequest = scrapeRequestOf(request.raw.url ?? '', request.headers)
  const snapshot =
    usableSnapshot(gate, scrapeRequest, context.now()) ?? (await refresh(context, gate, scrapeRequest))
  const bytes = snapshot.subsets.get(subset)
  if (bytes === undefined) throw new Error(`BUG: the last scrape left no subset ${subset}`)
  const ageSeconds = Math.max(0, Math.floor((context.now() - snapshot.takenAtMs) / 1000))
  await streamBody(
    request,
    reply,
    {
      status: 200,
      contentType: snapshot.contentType,
      stallMs: CLIENT_STALL_MS,
      headers: { age: String(ageSeconds), 'last-modified': new Date(snapshot.takenAtMs).toUTCString() },
    },
    once(bytes),
  )
}

/** Registers `/metrics` and `/metrics/<subset>`. */
export function metricsRoutes(app: FastifyInstance, context: ServerContext): void {
  app.get('/metrics', (request, reply) => serveMain(context, request, reply))
  app.get<{ Params: { subset: string } }>('/metrics/:subset', (request, reply) =>
    serveSubset(context, request.params.subset, request, reply),
  )
}
