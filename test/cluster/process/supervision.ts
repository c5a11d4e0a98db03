import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { ClusterError } from '../errors.ts'

/** What the parent asks of the supervisor; `name` is the parent's word for a process, unique among the running ones. */
export type SupervisorRequest =
  | {
      do: 'spawn'
      name: string
      file: string
      args: readonly string[]
      environment: Readonly<Record<string, string>>
      log: string
    }
  | { do: 'signal'; name: string; signal: NodeJS.Signals }
  /** Comes with a listening socket. */
  | { do: 'relay'; port: number }

/** What the supervisor tells its parent. */
export type SupervisorReport =
  | { is: 'ready'; directory: string }
  | { is: 'spawned'; name: string; pid: number }
  | { is: 'refused'; name: string; message: string }
  | { is: 'exited'; name: string; code: number | null; signal: NodeJS.Signals | null }

/** A process that ends with this one. */
export interface SupervisedProcess {
  readonly name: string
  readonly pid: number
  /** Resolves when the process has ended, to how: `exit code 1` or `SIGKILL`. */
  readonly exited: Promise<string>
  signal(signal: NodeJS.Signals): void
  /** The last lines of what it has printed. */
  logTail(): Promise<string>
}

/** Starts processes that end, and a temporary directory that goes away, with this process, however it ends. */
export class Supervisor {
  /** A temporary directory that only this user can read. */
  readonly directory: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  private constructor(child: ChildProcess, directory: string, ended: Promise<void>) {
    this.#child = child
    this.#ended = ended
    this.directory = directory
    this.pid = child.pid ?? 0
  }

  /**
   * @param container a command to run the supervisor in, put before its command line; it has to add a directory, and to
   *   remove it in the end
   * @throws ClusterError E_PROGRAM when the supervisor does not start
   */
  static async start(container: readonly string[] = []): Promise<Supervisor> {
    const [execPath = process.execPath, ...execArgv] = [...container, process.execPath]
    const child = fork(join(import.meta.dirname, 'supervisor.ts'), {
      detached: true,
      execPath,
      execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
    const directory = await new Promise<string>((resolve, reject) => {
      const fail = (reason: string) =>
        reject(new ClusterError('E_PROGRAM', `starting the supervisor: ${reason}`))
      child.on('error', error => fail(error.message))
      child.once('exit', (code, signal) => fail(`it ended with ${describeExit(code, signal)}`))
      child.once('message', (report: SupervisorReport) => {
        if (report.is === 'ready') resolve(report.directory)
      })
    })
    return new Supervisor(child, directory, ended)
  }

  /**
   * Starts a program; what it prints goes to `<name>.log` in the directory. Its environment is the one given here, and
   * nothing of this process's.
   * @throws ClusterError E_PROGRAM when it cannot be executed
   */
  async spawn(
    name: string,
    file: string,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SupervisedProcess> {
    const log = join(this.directory, `${name}.log`)
    const life = this.#follow(name)
    this.#send({ do: 'spawn', name, file, args, environment, log })
    const pid = await life.spawned.catch((error: Error) => {
      throw new ClusterError('E_PROGRAM', `starting ${file}: ${error.message}`, { cause: error })
    })
    return {
      name,
      pid,
      exited: life.exited,
      signal: signal => this.#send({ do: 'signal', name, signal }),
      logTail: async () => (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-15).join('\n'),
    }
  }

  /**
   * Runs a program to its end.
   * @throws ClusterError E_PROGRAM with the end of its log unless it ends with exit code 0
   */
  async run(...[name, file, args, environment]: Parameters<Supervisor['spawn']>): Promise<void> {
    const process = await this.spawn(name, file, args, environment)
    const how = await process.exited
    if (how !== 'exit code 0')
      throw new ClusterError(
        'E_PROGRAM',
        `${file} ${args.join(' ')} ended with ${how}:\n${await process.logTail()}`,
      )
  }

  /**
   * Listens on a port of 127.0.0.1 and passes each connection on to the same port of the supervisor's 127.0.0.1, which is
   * another one when the supervisor is in a network of its own.
   */
  async relay(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    this.#child.send({ do: 'relay', port } satisfies SupervisorRequest, server, () => server.close())
    return port
  }

  /** Ends all processes and removes the directory; a second call waits for the first. */
  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#ended
    // The supervisor did that, unless it was killed itself.
    await rm(this.directory, { recursive: true, force: true })
  }

  /** Listens to what the supervisor tells about one process. */
  #follow(name: string): { spawned: Promise<number>; exited: Promise<string> } {
    const spawned = Promise.withResolvers<number>()
    const exited = Promise.withResolvers<string>()
    const listen = (report: SupervisorReport) => {
      if (report.is === 'ready' || report.name !== name) return
      if (report.is === 'spawned') spawned.resolve(report.pid)
      else if (report.is === 'refused') end(report.message)
      else end(describeExit(report.code, report.signal))
    }
    const end = (how: string) => {
      this.#child.off('message', listen)
      spawned.reject(new Error(how))
      exited.resolve(how)
    }
    this.#child.on('message', listen)
    void this.#ended.then(() => end('the end of its supervisor'))
    return { spawned: spawned.promise, exited: exited.promise }
  }

  #send(request: SupervisorRequest): void {
    if (this.#child.connected) this.#child.send(request)
  }
}

function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? `exit code ${code}`
}
