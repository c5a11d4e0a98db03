import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What stands for a Service: each connection goes to the next of some ports of this machine that accepts it. */
export interface Relay {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Starts one. */
export async function startRelay(ports: readonly number[]): Promise<Relay> {
  const sockets = new Set<Socket>()
  let next = 0
  const server = createServer(socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // The other side is told by the end of its connection.
    socket.on('error', () => socket.destroy())
    const first = next++
    lead(
      socket,
      ports.map((_, index) => ports[(first + index) % ports.length]).filter(port => port !== undefined),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Leads the connection to the first port that accepts it; it ends where none does. */
function lead(socket: Socket, [port, ...others]: readonly number[]): void {
  if (port === undefined) {
    socket.destroy()
    return
  }
  const backend = connect({ host: '127.0.0.1', port })
  let isConnected = false
  backend.once('connect', () => {
    isConnected = true
    socket.pipe(backend)
    backend.pipe(socket)
  })
  backend.on('error', () => {
    if (isConnected) socket.destroy()
    else lead(socket, others)
  })
  backend.once('close', () => {
    if (isConnected) socket.destroy()
  })
  socket.once('close', () => backend.destroy())
}
