import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, startServer } from '../children.ts'
import { cpuTimesOf, memoryOf, type ProcessMemory } from '../process-usage.ts'
import { samplesOf, sumOf, sumsBy } from './samples.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const POLL_MS = 10
const READY_MS_MAX = 120_000

/** How the image starts the operator, with this Node and another path of the bundle. `dockerfile` is the text of Dockerfile.operator. */
export function operatorCommand(dockerfile: string, program: string): string[] {
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1]
  if (entrypoint === undefined) throw new Error('Dockerfile.operator has no ENTRYPOINT')
  const [, ...args]: string[] = JSON.parse(entrypoint)
  return [process.execPath, ...args.map(arg => (arg === '/app/operator.js' ? program : arg))]
}

/** The command line of the operator as it is shipped: the bundle is in a directory that goes away with this process. Throws when it cannot be built. */
export function buildOperator(): string[] {
  const directory = mkdtempSync(path.join(tmpdir(), 'metricgate-bench-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  const args = ['run', '--silent', 'bundle', '--', 'operator=operator/main.ts', `--outdir=${directory}`]
  const { status, stderr, error } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the operator could not be built: ${error?.message ?? stderr}`)
  const dockerfile = readFileSync(path.join(ROOT, 'Dockerfile.operator'), 'utf8')
  return operatorCommand(dockerfile, path.join(directory, 'operator.js'))
}

/** How an operator is started. */
export interface OperatorStart {
  /** Node, its flags, and the bundle. */
  readonly command: readonly string[]
  readonly kubeconfig: string
  /** Flags of the operator, such as where its webhook is. */
  readonly flags: readonly string[]
}

/** CPU time and requests of an operator so far. */
export interface OperatorCounts {
  readonly atMs: number
  readonly cpuMs: number
  readonly reconciles: number
  readonly admissions: number
  /** Requests to the API server by method. */
  readonly requests: Readonly<Record<string, number>>
}

/** An operator that runs as a process of its own, as its ServiceAccount. */
export class OperatorProcess {
  /** From its start until it was ready. */
  readonly readyMs: number
  readonly #pid: number
  readonly #stop: () => Promise<void>
  readonly #url: string

  private constructor(child: { pid: number; stop: () => Promise<void> }, url: string, readyMs: number) {
    this.#pid = child.pid
    this.#stop = child.stop
    this.#url = url
    this.readyMs = readyMs
  }

  /** Starts one, and waits until it says that it is ready. */
  static async start({ command, kubeconfig, flags }: OperatorStart): Promise<OperatorProcess> {
    const port = await freePort()
    const common = [`--kubeconfig=${kubeconfig}`, '--listen-address=127.0.0.1', `--metrics-port=${port}`]
    const startedMs = performance.now()
    const child = await startServer([...command, ...common, ...flags], port)
    const url = `http://127.0.0.1:${port}`
    await untilReady(url, startedMs)
    return new OperatorProcess(child, url, performance.now() - startedMs)
  }

  /** Ends it as Kubernetes does. */
  stop(): Promise<void> {
    return this.#stop()
  }

  /** Ends it as a failing node does. */
  kill(): void {
    process.kill(this.#pid, 'SIGKILL')
  }

  memory(): ProcessMemory {
    return memoryOf(this.#pid)
  }

  /** The value of one of its metrics, summed over the series with these labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    return sumOf(samplesOf(await this.#metrics(), name), labels)
  }

  async counts(): Promise<OperatorCounts> {
    const text = await this.#metrics()
    const sum = (metric: string): number => sumOf(samplesOf(text, metric))
    return {
      atMs: performance.now(),
      cpuMs: this.cpuMs(),
      reconciles: sum('metricgate_operator_reconciles_total'),
      admissions: sum('metricgate_operator_admissions_total'),
      requests: sumsBy(samplesOf(text, 'metricgate_operator_api_requests_total'), ({ method }) => method),
    }
  }

  cpuMs(): number {
    return cpuTimesOf(this.#pid).ownMs
  }

  async #metrics(): Promise<string> {
    return await (await fetch(`${this.#url}/metrics`)).text()
  }
}

async function untilReady(url: string, startedMs: number): Promise<void> {
  for (;;) {
    const { status, text } = await fetch(`${url}/readyz`).then(async answer => ({
      status: answer.status,
      text: await answer.text(),
    }))
    if (status === 200) return
    if (performance.now() - startedMs > READY_MS_MAX) throw new Error(`the operator is not ready: ${text}`)
    await delay(POLL_MS)
  }
}
