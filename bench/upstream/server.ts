// A process of the benchmark: sends one body again and again, framed as the path says. Argument: its size in bytes.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** What the benchmark is told when the server listens. */
export interface ServerReady {
  readonly port: number
  /** Bytes of whole responses, by path. */
  readonly sizes: readonly (readonly [path: string, bytes: number])[]
}

const LINE = 'http_requests_total{method="GET",path="/a/path/of/some/length",status="200"} 1234567\n'
const CHUNK_BYTES = 4096

const bytes = Number(process.argv[2])
const body = Buffer.alloc(bytes, LINE)

function framed(): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    const chunk = body.subarray(at, at + CHUNK_BYTES)
    pieces.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\n'
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`
const chunks = framed()
const answers = new Map([
  ['/length', { head: `${HEAD}content-length: ${bytes}\r\n\r\n`, body, writeBytes: bytes }],
  ['/chunked', { head: CHUNKED, body: chunks, writeBytes: chunks.length }],
  // As a server does that hands each chunk to the system at once.
  ['/chunked-writes', { head: CHUNKED, body: chunks, writeBytes: CHUNK_BYTES + '1000\r\n\r\n'.length }],
])

async function answer(socket: Socket, path: string): Promise<void> {
  const { head, body, writeBytes } = answers.get(path) ?? { head: '', body: Buffer.alloc(0), writeBytes: 1 }
  socket.write(head)
  for (let at = 0; at < body.length; at += writeBytes)
    if (!socket.write(body.subarray(at, at + writeBytes))) await once(socket, 'drain')
}

const server = createServer({ noDelay: true }, socket => {
  socket.on('error', () => socket.destroy())
  socket.on('data', data =>
    answer(socket, data.toString('latin1').split(' ')[1] ?? '').catch(() => socket.destroy()),
  )
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const sizes = [...answers].map(([path, { head, body }]) => [path, head.length + body.length] as const)
  process.send?.({ port, sizes } satisfies ServerReady)
})
process.on('disconnect', () => process.exit())
