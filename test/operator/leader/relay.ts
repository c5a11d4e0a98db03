import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Passes TCP connections on: each to the next of some ports of this machine, or to the one after that when nobody listens there, as the
 * address of a Service does. Can fall silent, as a network does that has broken.
 */
export class Relay implements AsyncDisposable {
  readonly #server: Server
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  #connections = 0
  #isSilent = false

  private constructor(ports: () => readonly number[]) {
    this.#server = createServer({ pauseOnConnect: true }, client => {
      this.#connections += 1
      this.#pass(client, rotated(ports(), this.#connections))
    })
  }

  /** Begins. `ports` is asked for each connection. */
  static async start(ports: () => readonly number[]): Promise<Relay> {
    const relay = new Relay(ports)
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Passes nothing on any more, and closes nothing. */
  fallSilent(): void {
    this.#isSilent = true
    for (const [client, target] of this.#pairs) {
      client.unpipe(target).pause()
      target.unpipe(client).pause()
    }
  }

  /** Passes on what has come meanwhile, and what comes. */
  speak(): void {
    this.#isSilent = false
    for (const [client, target] of this.#pairs) join(client, target)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [client, target] of this.#pairs) {
      client.destroy()
      target.destroy()
    }
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(client: Socket, [port, ...others]: readonly number[]): void {
    if (port === undefined) return void client.destroy()
    const target = connect(port, '127.0.0.1')
    const refused = (): void => {
      if (client.destroyed) return
      this.#pass(client, others)
    }
    target.once('error', refused)
    target.once('connect', () => {
      target.off('error', refused)
      this.#adopt(client, target)
    })
  }

  #adopt(client: Socket, target: Socket): void {
    const pair = [client, target] as const
    this.#pairs.add(pair)
    for (const [one, other] of [pair, [target, client]] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        other.destroy()
        this.#pairs.delete(pair)
      })
    }
    if (!this.#isSilent) join(client, target)
  }
}

function join(client: Socket, target: Socket): void {
  client.pipe(target)
  target.pipe(client)
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}
