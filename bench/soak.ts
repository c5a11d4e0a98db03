import { setTimeout as delay } from 'node:timers/promises'
import { freePort, startServer } from './children.ts'
import { memoryOf, type ProcessMemory } from './process-usage.ts'
import type { Subject } from './subjects.ts'

const SCRAPES = 5000
/** CPU time is counted in steps of 10 ms: over so long a time that is 0.05 %. */
const IDLE_MS = 20_000

/** A small HTTP server in Node that does nothing: what the runtime itself takes. */
const BARE_SERVER = "require('node:http').createServer().listen(Number(process.argv[1]), '127.0.0.1')"

/** What a proxy takes after many scrapes, and when there are none. */
export interface SoakResult {
  readonly name: string
  readonly scrapes: number
  /** CPU milliseconds for one scrape, over all of them. */
  readonly cpuMs: number
  readonly memoryAfterFirst: ProcessMemory | undefined
  readonly memoryAtEnd: ProcessMemory | undefined
  /** CPU time for each unit of time in which nothing was asked, in percent. */
  readonly idleCpuPercent: number
  /** Of an HTTP server in the same Node without a program. */
  readonly bareRuntime: ProcessMemory
}

async function bareRuntime(): Promise<ProcessMemory> {
  const port = await freePort()
  const child = await startServer([process.execPath, '--eval', BARE_SERVER, String(port)], port)
  try {
    return memoryOf(child.pid)
  } finally {
    await child.stop()
  }
}

/** Scrapes one proxy thousands of times, then leaves it alone for a while. */
export async function soak(subject: Subject): Promise<SoakResult> {
  await subject.scrape(1)
  const memoryAfterFirst = subject.memory()
  const before = subject.cpuMs()
  await subject.scrape(SCRAPES)
  const cpuMs = (subject.cpuMs() - before) / SCRAPES
  const memoryAtEnd = subject.memory()
  const idleFrom = { cpuMs: subject.cpuMs(), atMs: performance.now() }
  await delay(IDLE_MS)
  const idleCpuPercent = (100 * (subject.cpuMs() - idleFrom.cpuMs)) / (performance.now() - idleFrom.atMs)
  return {
    name: subject.name,
    scrapes: SCRAPES,
    cpuMs,
    memoryAfterFirst,
    memoryAtEnd,
    idleCpuPercent,
    bareRuntime: await bareRuntime(),
  }
}
