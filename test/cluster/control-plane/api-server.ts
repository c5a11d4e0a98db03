import { Agent, request } from 'undici'
import { ClusterError } from '../errors.ts'
import { untilReady } from '../process/ready.ts'
import type { SupervisedProcess, Supervisor } from '../process/supervision.ts'
import { type ApiServerChoices, apiServerArguments } from './arguments.ts'
import type { Credentials } from './credentials.ts'
import type { ControlPlaneFiles } from './files.ts'

const PORT_ATTEMPTS_MAX = 5
const CONNECT_TIMEOUT_MS = 1_000

/** What an API server is started with. */
export interface ApiServerSetup {
  readonly executable: string
  readonly supervisor: Supervisor
  readonly files: ControlPlaneFiles
  readonly credentials: Credentials
  readonly choices: ApiServerChoices
  readonly environment: Readonly<Record<string, string>>
}

/** The API server of a control plane: one port, and one process after another. */
export class ApiServer {
  readonly url: string
  readonly #setup: ApiServerSetup
  readonly #port: number
  #process: SupervisedProcess | undefined

  private constructor(setup: ApiServerSetup, port: number) {
    this.#setup = setup
    this.#port = port
    this.url = `https://127.0.0.1:${port}`
  }

  /**
   * Starts an API server on a port that `proposePort` names, on the next one when another process has taken it meanwhile.
   * @throws ClusterError E_PROGRAM when it ends before it is ready, E_TIMEOUT when it is not ready in time
   */
  static async launch(setup: ApiServerSetup, proposePort: () => Promise<number>): Promise<ApiServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new ApiServer(setup, await proposePort())
      try {
        await server.start()
        return server
      } catch (error) {
        const portTaken = error instanceof ClusterError && error.message.includes('address already in use')
        if (!portTaken || attempt === PORT_ATTEMPTS_MAX) throw error
      }
    }
  }

  /** The process id, while it runs. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Starts it, unless it runs, and waits until it is ready; throws like `launch`. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return
    const { supervisor, executable, files, choices, environment } = this.#setup
    const args = apiServerArguments(files, this.#port, choices)
    const server = await supervisor.spawn('kube-apiserver', executable, args, environment)
    this.#process = server
    void server.exited.then(() => {
      if (this.#process === server) this.#process = undefined
    })
    await this.#ready(server)
  }

  /** Kills it, if it runs, and waits for its end. */
  async kill(): Promise<void> {
    const server = this.#process
    server?.signal('SIGKILL')
    await server?.exited
  }

  async #ready(server: SupervisedProcess): Promise<void> {
    const { caCertificate, adminToken } = this.#setup.credentials
    const dispatcher = new Agent({
      connect: { ca: caCertificate, timeout: CONNECT_TIMEOUT_MS },
      allowH2: false,
    })
    const headers = { authorization: `Bearer ${adminToken}` }
    try {
      await untilReady(server, `the API server at ${this.url}`, async () => {
        const response = await request(`${this.url}/readyz`, { dispatcher, headers })
        await response.body.dump()
        return response.statusCode === 200
      })
    } finally {
      await dispatcher.destroy()
    }
  }
}
