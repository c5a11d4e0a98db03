import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'

/** How the server answers one request. */
export type Step = (response: ServerResponse, request: IncomingMessage) => void

/**
 * An HTTP server that answers its requests by a script, step by step, and leaves those beyond it without an answer. For faults
 * that a real API server does not show when asked to.
 */
export class ScriptedApi {
  readonly requests: URL[] = []
  readonly accepts: string[] = []
  readonly #server: Server
  readonly #steps: Step[]

  private constructor(steps: readonly Step[]) {
    this.#steps = [...steps]
    this.#server = createServer((request, response) => {
      this.requests.push(new URL(request.url ?? '', 'http://api'))
      this.accepts.push(request.headers.accept ?? '')
      this.#steps.shift()?.(response, request)
    })
  }

  static async start(...steps: Step[]): Promise<ScriptedApi> {
    const api = new ScriptedApi(steps)
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve))
    return api
  }

  /** More steps, for the requests to come. */
  continueWith(...steps: Step[]): void {
    this.#steps.push(...steps)
  }

  get kubeConfig(): KubeConfig {
    const config = new KubeConfig()
    const { port } = this.#server.address() as AddressInfo
    config.loadFromClusterAndUser(
      { name: 'scripted', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'tester', token: 'secret' },
    )
    return config
  }

  /** Open connections. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }
}

/** A minimal object, of version `version`. */
export function thing(name: string, version: number, namespace = 'default'): object {
  return { metadata: { name, namespace, resourceVersion: String(version) } }
}

/** Answers a list. */
export function list(version: number, items: readonly object[], continueToken?: string): Step {
  return json(200, { metadata: { resourceVersion: String(version), continue: continueToken }, items })
}

/** Answers with a Status object. */
export function status(code: number, reason: string, more: object = {}): Step {
  return json(code, { kind: 'Status', status: 'Failure', code, reason, message: `it is ${reason}`, ...more })
}

export function json(code: number, body: object): Step {
  return response => {
    response.writeHead(code, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(body))
  }
}

/** One line of a watch. */
export function event(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`
}

/** Answers a watch with these pieces, and then ends it, leaves it open, or cuts the connection. */
export function watch(pieces: readonly (string | Uint8Array)[], then: 'end' | 'stay' | 'cut' = 'stay'): Step {
  return async response => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.flushHeaders()
    for (const piece of pieces) {
      await new Promise(resolve => response.write(piece, resolve))
    }
    if (then === 'end') response.end()
    if (then === 'cut') setImmediate(() => response.destroy())
  }
}

/** Cuts the connection without an answer. */
export const cut: Step = response => response.destroy()

/** Accepts the request and never answers. */
export const silence: Step = () => undefined
