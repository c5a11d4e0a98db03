import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Child, freePort, startServer, startWorker } from './children.ts'
import { DiscardingClient } from './discarding-client.ts'
import { cpuTimesOf, memoryOf, type ProcessMemory } from './process-usage.ts'

/** How the upstream sends its body: with Content-Length, or in chunks of 4 KiB. */
export type Transfer = 'length' | 'chunked'

/** What the measurements are compared with: the cost of receiving the same bytes. */
export type Floor = 'receiver' | 'curl'

/** A process whose cost for scrapes is measured. */
export interface Subject {
  readonly name: string
  readonly transfer: Transfer
  readonly floor: Floor | undefined
  /** CPU time that it has taken so far, in milliseconds. */
  readonly cpuMs: () => number
  /** Scrapes so many times, and returns how many bytes the last answer had; 0 where there is none. */
  readonly scrape: (count: number) => Promise<number>
  /** Undefined for what is another process each time. */
  readonly memory: () => ProcessMemory | undefined
  readonly stop: () => Promise<void>
}

/** The path at which the upstream sends in this way. */
export function pathOf(transfer: Transfer): string {
  return transfer === 'chunked' ? '/chunked/metrics' : '/metrics'
}

/** A proxy to measure. */
export interface ProxySpec {
  readonly name: string
  readonly transfer: Transfer
  /** Header fields of the requests. */
  readonly headers: Readonly<Record<string, string>>
  /** The command line that makes it serve on a port. */
  readonly command: (port: number) => readonly string[] | string
}

/** Starts a proxy; it is asked for `/metrics` by a client in this process, which discards. */
export async function startProxy({ name, transfer, headers, command }: ProxySpec): Promise<Subject> {
  const port = await freePort()
  const child = await startServer(command(port), port)
  const client = new DiscardingClient(port)
  return {
    name,
    transfer,
    floor: undefined,
    ...usageOf(child),
    scrape: async count => {
      let bodyBytes = 0
      for (let scrape = 0; scrape < count; scrape++)
        bodyBytes = (await client.get('/metrics', headers)).bodyBytes
      return bodyBytes
    },
    stop: async () => {
      client.close()
      await child.stop()
    },
  }
}

/** Starts the floor for programs in Node: it receives from the upstream and discards. */
export async function startReceiver(upstreamPort: number, transfer: Transfer): Promise<Subject> {
  const worker = await startWorker('receiver.ts', String(upstreamPort))
  return {
    name: transfer === 'chunked' ? 'receive, 4 KiB chunks' : 'receive',
    transfer,
    floor: 'receiver',
    ...usageOf(worker),
    scrape: async count => {
      await worker.ask({ path: pathOf(transfer), count })
      return 0
    },
    stop: worker.stop,
  }
}

function usageOf(child: Child): Pick<Subject, 'cpuMs' | 'memory'> {
  return { cpuMs: () => cpuTimesOf(child.pid).ownMs, memory: () => memoryOf(child.pid) }
}

/** The floor that everybody has: curl, as one process for each turn. Undefined where there is no curl. */
export async function findCurl(upstreamPort: number, transfer: Transfer): Promise<Subject | undefined> {
  if ((await exitCode(spawn('curl', ['--version'], { stdio: 'ignore' }))) !== 0) return undefined
  const url = `http://127.0.0.1:${upstreamPort}${pathOf(transfer)}`
  return {
    name: transfer === 'chunked' ? 'curl, 4 KiB chunks' : 'curl',
    transfer,
    floor: 'curl',
    // No other child of this process ends while curl runs.
    cpuMs: () => cpuTimesOf(process.pid).endedChildrenMs,
    scrape: async count => {
      const transfers = Array.from({ length: count }, () => ['-o', '/dev/null', url]).flat()
      const code = await exitCode(spawn('curl', ['--silent', '--fail', ...transfers], { stdio: 'ignore' }))
      if (code !== 0) throw new Error(`curl ${url} ended with exit code ${code}`)
      return 0
    },
    memory: () => undefined,
    stop: async () => undefined,
  }
}

/** Waits for the end of a process; undefined if it could not be started. */
async function exitCode(child: ChildProcess): Promise<number | undefined> {
  try {
    const [code] = await once(child, 'exit')
    return code
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
