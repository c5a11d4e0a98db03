import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { untilReady } from '../process/ready.ts'
import type { SupervisedProcess, Supervisor } from '../process/supervision.ts'
import { containerdConfig, ENVIRONMENT, type NodeFiles } from './configuration.ts'

/** containerd, in the namespaces of a node. */
export class Containerd {
  readonly #supervisor: Supervisor
  readonly #socket: string
  readonly #process: SupervisedProcess

  private constructor(supervisor: Supervisor, socket: string, process: SupervisedProcess) {
    this.#supervisor = supervisor
    this.#socket = socket
    this.#process = process
  }

  /**
   * Starts containerd on a store, which nobody else may use meanwhile, and waits until it answers.
   * @throws ClusterError E_PROGRAM, E_TIMEOUT
   */
  static async launch(supervisor: Supervisor, files: NodeFiles, store: string): Promise<Containerd> {
    await writeFile(files.containerdConfig, containerdConfig(files, store))
    const args = ['--config', files.containerdConfig]
    const process = await supervisor.spawn('containerd', 'containerd', args, ENVIRONMENT)
    await untilReady(process, 'containerd', () => accepts(files.containerdSocket))
    return new Containerd(supervisor, files.containerdSocket, process)
  }

  /**
   * Imports the images of an archive, for kubelet to find.
   * @throws ClusterError E_PROGRAM when it is not an image archive
   */
  async import(archive: string): Promise<void> {
    const address = ['--address', this.#socket, '--namespace', 'k8s.io']
    await this.#supervisor.run('ctr', 'ctr', [...address, 'images', 'import', archive], ENVIRONMENT)
  }

  /** Ends it, and with it the use of its store. */
  async stop(): Promise<void> {
    this.#process.signal('SIGTERM')
    await this.#process.exited
  }
}

/** Whether something accepts connections at a Unix socket; throws when nothing does. */
async function accepts(path: string): Promise<true> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
