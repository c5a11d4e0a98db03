import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { eventually } from './controller/support/eventually.ts'

const MAIN = join(import.meta.dirname, '../../operator/main.ts')

/** The operator's ports, all on loopback and all free ones. */
export const LOCAL = ['--listen-address=127.0.0.1', '--metrics-port=0', '--webhook-port=0']

/** The operator as a process of its own. */
export class Program {
  readonly child: ChildProcess
  /** Lines of its log. */
  readonly log: Record<string, unknown>[] = []
  /** What it wrote to stdout and stderr. */
  output = ''
  /** Its exit code, or the signal that killed it. */
  readonly ended: Promise<number | string>

  /** Starts it. `home` is its home directory: nothing of the user's is read. */
  constructor(args: readonly string[], home: string, environment: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: home, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.ended = once(this.child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream === null) throw new Error('BUG: a stream that is not piped')
      createInterface(stream).on('line', line => {
        this.output += `${line}\n`
        if (line.startsWith('{')) this.log.push(JSON.parse(line))
      })
    }
  }

  /** Where its metrics and its health are. */
  async url(): Promise<string> {
    return `http://127.0.0.1:${await this.logged('metricsPort')}`
  }

  /** The first value of a field in its log, as soon as there is one. */
  logged(field: string): Promise<unknown> {
    return eventually(() => {
      const line = this.log.find(entry => field in entry)
      if (line === undefined) throw new Error(`no ${field} yet: ${this.output}`)
      return line[field]
    })
  }

  /** Ends it at once, if it runs. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** What is answered to a GET. */
export async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url)
  return { status: response.status, text: await response.text() }
}
