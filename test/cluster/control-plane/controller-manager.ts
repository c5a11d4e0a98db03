import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { untilReady } from '../process/ready.ts'
import type { SupervisedProcess, Supervisor } from '../process/supervision.ts'
import { controllerManagerArguments } from './arguments.ts'
import type { ControlPlaneFiles } from './files.ts'

/** The controller manager of a control plane: one process after another. */
export class ControllerManager {
  readonly #start: () => Promise<SupervisedProcess>
  #process: SupervisedProcess

  private constructor(start: () => Promise<SupervisedProcess>, first: SupervisedProcess) {
    this.#start = start
    this.#process = first
  }

  /**
   * Starts a controller manager and waits until it has made the ServiceAccount default/default: pods need that, and it shows that
   * both servers work together.
   * @throws ClusterError E_PROGRAM when it ends before that, E_TIMEOUT when that does not come
   */
  static async launch(
    executable: string,
    supervisor: Supervisor,
    files: ControlPlaneFiles,
    admin: KubeConfig,
  ): Promise<ControllerManager> {
    const args = controllerManagerArguments(files)
    const start = () => supervisor.spawn('kube-controller-manager', executable, args)
    const process = await start()
    const api = admin.makeApiClient(CoreV1Api)
    await untilReady(process, 'the ServiceAccount default/default', async () => {
      await api.readNamespacedServiceAccount({ namespace: 'default', name: 'default' })
      return true
    })
    return new ControllerManager(start, process)
  }

  get pid(): number {
    return this.#process.pid
  }

  /** Kills the process and starts another one. */
  async restart(): Promise<void> {
    this.#process.signal('SIGKILL')
    await this.#process.exited
    this.#process = await this.#start()
  }
}
