import type { EndToEndResult } from './end-to-end.ts'
import type { FleetReport } from './fleet-report.ts'
import type { InProcess } from './in-process.ts'
import type { SoakResult } from './soak.ts'
import type { Floor } from './subjects.ts'
import { figure, mebibytes, table } from './table.ts'

/** What was measured about one workload. */
export interface WorkloadReport {
  readonly name: string
  readonly description: string
  readonly lines: number
  readonly bytes: number
  readonly endToEnd: readonly EndToEndResult[]
  readonly inProcess: InProcess
}

/** Everything that a run found, as `--json` writes it. */
export interface Report {
  readonly machine: {
    readonly node: string
    readonly platform: string
    readonly cpu: string
    readonly cpus: number
  }
  readonly workloads: readonly WorkloadReport[]
  readonly fleets: readonly FleetReport[]
  readonly soak: SoakResult | undefined
}

function cpuMsOf({ outcome }: EndToEndResult): number | undefined {
  return 'failure' in outcome ? undefined : outcome.cpuMs
}

/** Cost relative to a floor for the same transfer; undefined where one of them was not measured. */
export function ratioTo(
  floor: Floor,
  result: EndToEndResult,
  all: readonly EndToEndResult[],
): number | undefined {
  const base = all.find(other => other.floor === floor && other.transfer === result.transfer)
  const [cost, baseCost] = [cpuMsOf(result), base && cpuMsOf(base)]
  return cost === undefined || baseCost === undefined || baseCost === 0 ? undefined : cost / baseCost
}

const END_TO_END = [
  'end to end',
  'CPU ms',
  '×receive',
  '×curl',
  'ns/line',
  'MB/s',
  'first',
  'wall',
  'peak MiB',
  'out kB',
]

function endToEndRow(result: EndToEndResult, { endToEnd, lines, bytes }: WorkloadReport): string[] {
  const { name, outcome } = result
  if ('failure' in outcome) return [name, 'failed', ...END_TO_END.slice(2).map(() => '–')]
  const { cpuMs, firstCpuMs, wallMs, memory, outputBytes } = outcome
  return [
    name,
    figure(cpuMs),
    figure(ratioTo('receiver', result, endToEnd)),
    figure(ratioTo('curl', result, endToEnd)),
    figure((cpuMs * 1e6) / lines),
    figure(cpuMs === 0 ? undefined : bytes / 1e3 / cpuMs),
    figure(firstCpuMs),
    figure(wallMs),
    mebibytes(memory?.peakBytes),
    figure(outputBytes === 0 ? undefined : outputBytes / 1e3),
  ]
}

function endToEndTable(workload: WorkloadReport): string {
  const rows = workload.endToEnd.map(result => endToEndRow(result, workload))
  const failures = workload.endToEnd.map(({ name, outcome }) =>
    'failure' in outcome ? `  ${name} failed: ${outcome.failure}\n` : '',
  )
  return table([END_TO_END, ...rows]) + failures.join('')
}

function inProcessTable({ inProcess: { results, floors } }: WorkloadReport): string {
  const head = ['in process, ns/line', 'first', 'steady', '1 % churn', 'shuffled', '×newlines']
  const rows = results.map(({ name, firstNs, steadyNs, churnNs, shuffledNs }) => [
    name,
    ...[firstNs, steadyNs, churnNs, shuffledNs, steadyNs / floors.newlineCountNs].map(figure),
  ])
  const floor = (name: string, ns: number): string[] => [
    name,
    '–',
    figure(ns),
    '–',
    '–',
    figure(ns / floors.newlineCountNs),
  ]
  return table([
    head,
    ...rows,
    floor('newline count, SIMD', floors.newlineCountNs),
    floor('memcpy', floors.copyNs),
  ])
}

/** What goes before all results: where they were measured, and what the columns mean. */
export function formatHeading({ node, platform, cpus, cpu }: Report['machine']): string {
  return (
    `Node ${node}, ${platform}, ${cpus} × ${cpu}\n` +
    'CPU is user + system for one scrape; ns/line, MB/s and ratios are of CPU; first (CPU) and wall in ms\n'
  )
}

/** What was measured about one workload, in at most 100 columns. */
export function formatWorkload(workload: WorkloadReport): string {
  const { name, description, lines, bytes } = workload
  const size = `${lines.toLocaleString('en-US')} lines, ${figure(bytes / 1e6)} MB`
  return `${name}: ${description}; ${size}\n${endToEndTable(workload)}\n${inProcessTable(workload)}`
}

/** What a soak found, in at most 100 columns. */
export function formatSoak({
  name,
  scrapes,
  cpuMs,
  memoryAfterFirst,
  memoryAtEnd,
  idleCpuPercent,
  bareRuntime,
}: SoakResult): string {
  const memory = (title: string, of: SoakResult['memoryAtEnd']): string[] => [
    title,
    mebibytes(of?.residentBytes),
    mebibytes(of?.anonymousBytes),
    mebibytes(of?.peakBytes),
  ]
  return (
    `soak: ${name}, ${scrapes.toLocaleString('en-US')} scrapes at ${figure(cpuMs)} ms CPU, then idle at ${figure(idleCpuPercent)} % CPU\n` +
    table([
      ['MiB', 'resident', 'anonymous', 'peak'],
      memory('after the first scrape', memoryAfterFirst),
      memory('at the end', memoryAtEnd),
      memory('an HTTP server in Node that does nothing', bareRuntime),
    ])
  )
}
