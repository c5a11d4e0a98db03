// A process of the benchmark: an application whose metrics lie ready in memory. Argument: the workload.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { bodyOf, countLines } from './body.ts'
import { linesOf, workloadNamed } from './workloads.ts'

/** Go's HTTP server sends a body whose length it does not know in chunks of 2 or 4 KiB, one write each. */
const CHUNK_BYTES = 4096

const workload = workloadNamed(process.argv[2] ?? '')
/** Two scrapes: the same series with other values. They are served in turn. */
const bodies = [0, 1].map(scrape => bodyOf(linesOf(workload, { scrape, churn: false })))

async function sendChunked(response: ServerResponse, body: Buffer): Promise<void> {
  for (let at = 0; at < body.length && !response.destroyed; at += CHUNK_BYTES) {
    const chunk = body.subarray(at, at + CHUNK_BYTES)
    // Without the wait, Node would put several chunks in one write.
    await new Promise(resolve => response.write(chunk, resolve))
  }
  response.end()
}

let requests = 0
const server = createServer((request, response) => {
  const body = bodies[requests++ % bodies.length] ?? Buffer.alloc(0)
  response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  if (request.url === '/chunked/metrics') {
    sendChunked(response, body).catch(error => response.destroy(error))
    return
  }
  response.setHeader('content-length', body.length)
  response.end(body)
})
// Connections stay open between turns, as those of a Go server do.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const [body = Buffer.alloc(0)] = bodies
  process.send?.({ port, lines: countLines(body), bytes: body.length })
})
process.on('disconnect', () => process.exit())
