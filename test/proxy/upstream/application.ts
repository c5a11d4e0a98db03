import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** An application that exposes metrics, as a real HTTP server on a free port. */
export interface Application {
  readonly port: number
  /** The requests that came, oldest first. */
  readonly requests: readonly IncomingMessage[]
  /** Connections that were opened so far. */
  readonly connections: () => number
  stop(): Promise<void>
}

async function run(server: Server, requests: IncomingMessage[]): Promise<Application> {
  let connections = 0
  server.prependListener('request', request => requests.push(request))
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Starts an application that answers over HTTP. */
export function startApplication(answer: RequestListener): Promise<Application> {
  return run(createServer(answer), [])
}

/** Starts an application that answers over HTTPS. */
export function startTlsApplication(tls: ServerOptions, answer: RequestListener): Promise<Application> {
  return run(createTlsServer(tls, answer), [])
}
