// CPU time of receiving a body, by our client, by undici, and by a socket whose bytes nobody looks at.
// Run it with: node bench/upstream/receive.ts [megabytes] [rounds]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { RECEIVE_BYTES } from '../../proxy/limits.ts'
import { Http1Transport } from '../../proxy/upstream/http1/transport.ts'
import type { Transport } from '../../proxy/upstream/transport.ts'
import { UndiciTransport } from '../../proxy/upstream/undici-transport.ts'
import type { ServerReady } from './server.ts'

const MEGABYTE = 1e6
const [megabytes = '469', rounds = '7'] = process.argv.slice(2)
const bytes = Number(megabytes) * MEGABYTE

const server = fork(new URL('server.ts', import.meta.url), [String(bytes)])
const [{ port, sizes: entries }] = (await once(server, 'message')) as [ServerReady]
/** Bytes of whole responses, by path. */
const sizes = new Map(entries)
const origin = `http://127.0.0.1:${port}`

type Receive = (path: string) => Promise<number>

const request = (transport: Transport, path: string) =>
  transport.get({ path, headers: {}, signal: new AbortController().signal })

const pumped =
  (transport: Transport): Receive =>
  async path => {
    const { body } = await request(transport, path)
    let received = 0
    await body.pump(chunk => {
      received += chunk.length
      return true
    })
    return received
  }

const iterated =
  (transport: Transport): Receive =>
  async path => {
    const { body } = await request(transport, path)
    let received = 0
    for await (const chunk of body) received += chunk.length
    return received
  }

/** What comes on one kept connection, until as much has come as the response has: nothing is parsed. */
class Bare {
  #received = 0
  #wanted = Infinity
  #done: () => void = () => undefined
  readonly #socket = connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: new Uint8Array(RECEIVE_BYTES),
      callback: length => {
        this.#received += length
        if (this.#received >= this.#wanted) this.#done()
        return true
      },
    },
  })

  readonly receive: Receive = path =>
    new Promise(resolve => {
      this.#received = 0
      this.#wanted = sizes.get(path) ?? 0
      this.#done = () => resolve(bytes)
      this.#socket.write(`GET ${path} HTTP/1.1\r\n\r\n`)
    })

  close(): void {
    this.#socket.destroy()
  }
}

const bare = new Bare()
const own = new Http1Transport(new URL(origin))
const undici = new UndiciTransport(origin, { insecureSkipVerify: false })
const contestants: Record<string, Receive> = {
  bare: bare.receive,
  'own, pump': pumped(own),
  'own, for await': iterated(own),
  'undici, pump': pumped(undici),
  'undici, for await': iterated(undici),
}

const rotated = <T>(items: readonly T[], by: number): T[] => {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

for (const path of sizes.keys()) {
  const times = new Map<string, number[]>(Object.keys(contestants).map(name => [name, []]))
  for (let round = 0; round < Number(rounds); round++)
    // Each has each place in the order, because what one leaves behind can cost the next.
    for (const [name, receive] of rotated(Object.entries(contestants), round)) {
      const before = process.cpuUsage()
      const received = await receive(path)
      const { user, system } = process.cpuUsage(before)
      if (received !== bytes) throw new Error(`${name}: ${received} bytes of ${bytes}`)
      if (round > 0) times.get(name)?.push((user + system) / 1000)
    }
  const floor = median(times.get('bare') ?? [])
  for (const [name, values] of times) {
    const ms = median(values)
    process.stdout.write(`${path} ${name}: ${ms.toFixed(0)} ms, ${(ms / floor).toFixed(2)}× bare\n`)
  }
}
process.stdout.write(`peak RSS of all together: ${process.resourceUsage().maxRSS >> 10} MiB\n`)
bare.close()
await own.close()
await undici.close()
server.disconnect()
