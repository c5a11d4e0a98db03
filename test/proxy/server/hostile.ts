import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What a server does with a connection once the head of a request has come. */
export type Misbehaviour = (socket: Socket) => void

/** A TCP server that answers as it is told, byte by byte, whatever HTTP says. */
export interface HostileServer {
  readonly port: number
  /** What it does from the next request on. */
  behave: Misbehaviour
  stop(): Promise<void>
}

/** Starts a hostile server on a free port. */
export async function startHostileServer(): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const hostile = { port: 0, behave: (socket: Socket) => socket.destroy() }
  const server = createServer(socket => {
    sockets.add(socket)
    // The proxy may hang up in the middle of what it is told: that is what these tests are about.
    socket.on('error', () => sockets.delete(socket))
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', data => {
      if (data.includes('\r\n\r\n')) hostile.behave(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(hostile, {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  })
}

/** A response, as bytes. Without a Content-Length its body ends with the connection. */
export function response(
  body: string | Uint8Array,
  headers: readonly string[] = [],
  status = '200 OK',
): Buffer {
  const type = headers.some(line => /^content-type:/i.test(line))
    ? []
    : ['Content-Type: text/plain; version=0.0.4']
  const head = [`HTTP/1.1 ${status}`, ...type, ...headers, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}
