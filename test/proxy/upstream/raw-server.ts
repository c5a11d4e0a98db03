import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server that sends whatever bytes it is told to. */
export interface RawServer {
  readonly url: string
  /** The heads of the requests that came, oldest first. */
  readonly requests: readonly string[]
  /** Connections that were opened so far. */
  readonly connections: () => number
  stop(): Promise<void>
}

const HEAD_END = '\r\n\r\n'

/** Starts a server on a free port. `answer` is called for each request, with how many came before it. */
export async function startRawServer(
  answer: (socket: Socket, request: number) => void | Promise<void>,
): Promise<RawServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    connections++
    sockets.add(socket)
    let head = ''
    // Clients that give up are what some tests are about.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on('end', () => socket.end())
    socket.on('data', data => {
      head += data.toString('latin1')
      if (!head.endsWith(HEAD_END)) return
      requests.push(head)
      head = ''
      Promise.resolve(answer(socket, requests.length - 1)).catch(error => socket.destroy(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`,
    requests,
    connections: () => connections,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes bytes, each character one, and resolves when the system has them. */
export function send(socket: Socket, bytes: string): Promise<void> {
  return new Promise(resolve => socket.write(bytes, 'latin1', () => resolve()))
}
