import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { FleetResult } from './aggregate.ts'
import { startWorker } from './children.ts'
import { measureInTurn } from './end-to-end.ts'
import { type FleetReport, formatFleets } from './fleet-report.ts'
import { IMPLEMENTATIONS } from './implementations.ts'
import { measureInProcess } from './in-process.ts'
import { HELP, type Options, readOptions } from './options.ts'
import { memoryOf } from './process-usage.ts'
import { runProgram } from './program.ts'
import { Proxies } from './proxies.ts'
import { buildProxy, Configurations } from './proxy-command.ts'
import { formatHeading, formatSoak, formatWorkload, type Report, type WorkloadReport } from './report.ts'
import { type SoakResult, soak } from './soak.ts'
import { findCurl, type Subject, startProxy, startReceiver } from './subjects.ts'
import { SMALL_WORKLOAD, type Workload, workloadNamed } from './workloads.ts'

function progress(step: string): void {
  process.stderr.write(`bench: ${step}\n`)
}

/** Starts the application of a workload as a process of its own. It stops with the stack. */
async function startUpstream(
  { name }: Workload,
  stack: AsyncDisposableStack,
): Promise<{ port: number; lines: number; bytes: number }> {
  const upstream = await startWorker('static-upstream.ts', name)
  stack.defer(upstream.stop)
  return upstream.greeting as { port: number; lines: number; bytes: number }
}

async function measureEndToEnd(
  workload: Workload,
  { rounds, peer }: Options,
  configurations: Configurations,
): Promise<Pick<WorkloadReport, 'lines' | 'bytes' | 'endToEnd'>> {
  await using stack = new AsyncDisposableStack()
  const { port, lines, bytes } = await startUpstream(workload, stack)
  const subjects: Subject[] = []
  const add = (subject: Subject | undefined): void => {
    if (subject === undefined) return
    stack.defer(subject.stop)
    subjects.push(subject)
  }
  const proxies = new Proxies(workload, port, configurations)
  const specs = [...proxies.ours(), ...(peer === undefined ? [] : [proxies.peer(peer)]), ...proxies.naive()]
  for (const spec of specs) add(await startProxy(spec))
  for (const transfer of ['length', 'chunked'] as const) {
    add(await startReceiver(port, transfer))
    add(await findCurl(port, transfer))
  }
  const step = (text: string): void => progress(`${workload.name}: ${text}`)
  return { lines, bytes, endToEnd: await measureInTurn(subjects, rounds, step) }
}

async function measureWorkload(
  name: string,
  options: Options,
  configurations: Configurations,
): Promise<WorkloadReport> {
  const workload = workloadNamed(name)
  progress(`${name}: preparing ${workload.description}`)
  const endToEnd = await measureEndToEnd(workload, options, configurations)
  const implementations = [...IMPLEMENTATIONS.values()].filter(one =>
    options.implementations.includes(one.name),
  )
  const step = (text: string): void => progress(`${name}: ${text}`)
  const inProcess = await measureInProcess(workload, implementations, options.rounds, step)
  return { name, description: workload.description, ...endToEnd, inProcess }
}

/** Each fleet has a process of its own, so that its memory is its own. */
async function measureFleetAlone(name: string, { rounds }: Options): Promise<FleetReport> {
  progress(`aggregate: ${name}`)
  const worker = await startWorker('aggregator.ts', name, String(rounds))
  try {
    return { ...(worker.greeting as FleetResult), memory: memoryOf(worker.pid) }
  } finally {
    await worker.stop()
  }
}

async function measureSoak(configurations: Configurations): Promise<SoakResult> {
  await using stack = new AsyncDisposableStack()
  const workload = workloadNamed(SMALL_WORKLOAD)
  const { port } = await startUpstream(workload, stack)
  const [spec] = new Proxies(workload, port, configurations).ours()
  if (spec === undefined) throw new Error('BUG: there is no proxy of ours')
  const subject = await startProxy(spec)
  stack.defer(subject.stop)
  progress(`${workload.name}: soak`)
  return await soak(subject)
}

async function run(options: Options): Promise<void> {
  using stack = new DisposableStack()
  progress('building the proxy')
  buildProxy()
  const configurations = new Configurations()
  stack.defer(() => configurations.remove())
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
  }
  process.stdout.write(formatHeading(machine))
  const workloads: WorkloadReport[] = []
  for (const name of options.workloads) {
    const workload = await measureWorkload(name, options, configurations)
    process.stdout.write(`\n${formatWorkload(workload)}`)
    workloads.push(workload)
  }
  const fleets: FleetReport[] = []
  for (const name of options.fleets) fleets.push(await measureFleetAlone(name, options))
  if (fleets.length > 0) process.stdout.write(`\n${formatFleets(fleets)}`)
  const soaked = options.soak ? await measureSoak(configurations) : undefined
  if (soaked !== undefined) process.stdout.write(`\n${formatSoak(soaked)}`)
  const report: Report = { machine, workloads, fleets, soak: soaked }
  if (options.jsonFile !== undefined)
    writeFileSync(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`)
}

await runProgram({ help: HELP, readOptions, run })
