import { describe, expect, test } from '@jest/globals'
import type { Costs, EndToEndResult } from '../../bench/end-to-end.ts'
import {
  formatHeading,
  formatSoak,
  formatWorkload,
  ratioTo,
  type WorkloadReport,
} from '../../bench/report.ts'
import { figure } from '../../bench/table.ts'

const MEMORY = { peakBytes: 3_221_225_472, residentBytes: 134_217_728, anonymousBytes: 67_108_864 }

type Identity = Partial<Pick<EndToEndResult, 'transfer' | 'floor'>>

function result(name: string, cpuMs: number, identity: Identity = {}): EndToEndResult {
  const outcome: Costs = {
    cpuMs,
    wallMs: cpuMs,
    firstCpuMs: cpuMs,
    outputBytes: 4.6e8,
    memory: MEMORY,
    scrapes: 1,
  }
  return { name, transfer: 'length', floor: undefined, ...identity, outcome }
}

const RESULTS = [
  result('agg', 300),
  result('agg, 4 KiB chunks', 800, { transfer: 'chunked' }),
  result('receive', 100, { floor: 'receiver' }),
  result('receive, 4 KiB chunks', 400, { floor: 'receiver', transfer: 'chunked' }),
]

const WORKLOAD: WorkloadReport = {
  name: 'ingress-1.29m',
  description: 'an ingress controller, 1,000 ingresses × 10 paths',
  lines: 1_000_000,
  bytes: 400_000_000,
  endToEnd: RESULTS,
  inProcess: {
    results: [{ name: 'typescript agg', firstNs: 5000, steadyNs: 200, churnNs: 210.4, shuffledNs: 800 }],
    floors: { newlineCountNs: 20, copyNs: 25 },
  },
}

const rowOf = (workload: WorkloadReport, name: string): string[] => {
  const line = formatWorkload(workload)
    .split('\n')
    .find(candidate => candidate.startsWith(`  ${name}  `))
  return line?.trim().split(/ {2,}/) ?? []
}

test.each([
  [undefined, '–'],
  [0.123, '0.12'],
  [12.34, '12.3'],
  [1234.5, '1,235'],
])('%s is written %s', (value, text) => {
  expect(figure(value)).toBe(text)
})

describe('a row', () => {
  test('has the cost, its ratio to the floor, and what it is for a line and a byte', () => {
    expect(rowOf(WORKLOAD, 'agg')).toEqual([
      'agg',
      '300',
      '3.00',
      '–',
      '300',
      '1,333',
      '300',
      '300',
      '3,072',
      '460,000',
    ])
  })

  test('is compared with the floor for the same transfer', () => {
    expect(rowOf(WORKLOAD, 'agg, 4 KiB chunks')[2]).toBe('2.00')
  })

  test('in process is compared with the newline count', () => {
    expect(rowOf(WORKLOAD, 'typescript agg')).toEqual([
      'typescript agg',
      '5,000',
      '200',
      '210',
      '800',
      '10.0',
    ])
  })
})

test('without a floor there is no ratio', () => {
  expect(ratioTo('curl', result('agg', 300), RESULTS)).toBeUndefined()
})

test('a floor that took no countable time gives no ratio', () => {
  const floor = result('curl', 0, { floor: 'curl' })
  expect(ratioTo('curl', result('agg', 300), [floor])).toBeUndefined()
})

test('what failed has no figures, and the reason stands below', () => {
  const failed: EndToEndResult = { ...result('agg', 0), outcome: { failure: 'the connection was closed' } }
  const workload = { ...WORKLOAD, endToEnd: [failed, ...RESULTS.slice(1)] }
  expect(rowOf(workload, 'agg')).toEqual(['agg', 'failed', '–', '–', '–', '–', '–', '–', '–', '–'])
  expect(formatWorkload(workload)).toContain('  agg failed: the connection was closed\n')
})

test('a soak has its memory beside that of a server that does nothing', () => {
  const soak = {
    name: 'agg',
    scrapes: 5000,
    cpuMs: 0.6,
    memoryAfterFirst: MEMORY,
    memoryAtEnd: { ...MEMORY, residentBytes: 2 ** 28 },
    idleCpuPercent: 0.05,
    bareRuntime: { ...MEMORY, residentBytes: 2 ** 26 },
  }
  const rows = formatSoak(soak)
    .split('\n')
    .map(line => line.trim().split(/ {2,}/))
  expect(rows.map(([title, resident]) => [title, resident])).toEqual([
    ['soak: agg, 5,000 scrapes at 0.60 ms CPU, then idle at 0.05 % CPU', undefined],
    ['MiB', 'resident'],
    ['after the first scrape', '128'],
    ['at the end', '256'],
    ['an HTTP server in Node that does nothing', '64.0'],
    ['', undefined],
  ])
})

test('the report fits in 100 columns, with numbers as large as they come', () => {
  const large = result('filter, 4 KiB chunks', 12_345)
  const heading = formatHeading({
    node: 'v26.10.0',
    platform: 'linux x64',
    cpu: 'A Processor With A Long Name',
    cpus: 128,
  })
  const text = heading + formatWorkload({ ...WORKLOAD, endToEnd: [...RESULTS, large] })
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})
