import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { NameResolver } from '../../../../proxy/upstream/discovery/name-resolver.ts'
import { parseResolvConf } from '../../../../proxy/upstream/discovery/resolv-conf.ts'
import { dnsClient } from '../../../../proxy/upstream/discovery/system-resolver.ts'
import { type DnsServer, startDnsServer } from '../../upstream/discovery/dns-server.ts'

/** The name that the replicas share, in the search domain of the tests' resolver. */
export const NAME = 'app'
const COMPLETE_NAME = 'app.test'

/** One replica, as a real HTTP server on an address of its own. */
export interface Replica {
  readonly address: string
  readonly requests: readonly IncomingMessage[]
  /** Connections that are open now. */
  readonly connections: () => number
  answer: RequestListener
  /** Stops to listen and closes its connections. */
  stop(): Promise<void>
}

/** Replicas behind a DNS name, all on the same port. */
export interface Replicas {
  readonly port: number
  readonly dns: DnsServer
  readonly resolver: () => Promise<NameResolver>
  /** Starts a replica on 127.0.0.`host`; its name resolves to it from now on. */
  start(host: number, answer: RequestListener): Promise<Replica>
  /** Makes the name resolve to these replicas alone. */
  resolveTo(...replicas: readonly Replica[]): void
  stop(): Promise<void>
}

async function listen(server: Server, port: number, address: string): Promise<number> {
  server.listen(port, address)
  await once(server, 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('not a TCP server')
  return bound.port
}

async function startReplica(
  address: string,
  port: number,
  first: RequestListener,
): Promise<[Replica, number]> {
  const requests: IncomingMessage[] = []
  let connections = 0
  const server = createServer((request, response) => {
    requests.push(request)
    replica.answer(request, response)
  })
  server.on('connection', socket => {
    connections++
    socket.on('close', () => connections--)
  })
  const replica: Replica = {
    address,
    requests,
    connections: () => connections,
    answer: first,
    stop: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return [replica, await listen(server, port, address)]
}

/** No replicas yet, a DNS server, and a port that is free on the first address. */
export async function startReplicas(): Promise<Replicas> {
  const dns = await startDnsServer()
  const started: Replica[] = []
  const replicas = {
    port: 0,
    dns,
    resolver: async () =>
      new NameResolver(parseResolvConf('search test'), dnsClient([dns.address]), async () => ''),
    start: async (host: number, answer: RequestListener) => {
      const [replica, port] = await startReplica(`127.0.0.${host}`, replicas.port, answer)
      replicas.port = port
      started.push(replica)
      replicas.resolveTo(...started)
      return replica
    },
    resolveTo: (...wanted: readonly Replica[]) => {
      dns.zone.set(COMPLETE_NAME, { a: [...new Set(wanted.map(({ address }) => address))] })
    },
    stop: async () => {
      await Promise.all(started.map(replica => replica.stop()))
      await dns.stop()
    },
  }
  return replicas
}

/** Answers with an exposition. */
export function exposing(
  body: string | (() => string),
  contentType = 'text/plain; version=0.0.4',
): RequestListener {
  return (_, response) => {
    response.setHeader('content-type', contentType).end(typeof body === 'string' ? body : body())
  }
}
