import { expect, test } from '@jest/globals'
import { type FleetReport, formatFleets } from '../../bench/fleet-report.ts'

const FLEET: FleetReport = {
  name: '100x10k',
  description: '100 × 10,320 series, own',
  targets: 100,
  pairs: 1_000_000,
  firstMs: 9_999,
  collectMs: 60,
  finishMs: 20,
  heldBytes: 24_000_000,
  outputBytes: 320_000,
  memory: { peakBytes: 2 ** 30, residentBytes: 2 ** 29, anonymousBytes: 2 ** 28 },
}

const rows = (text: string): string[][] =>
  text
    .split('\n')
    .filter(line => line.startsWith('  '))
    .map(line => line.trim().split(/ {2,}/))

test('a row has the cost of a round, and what it is for a target and a series', () => {
  const [head, row] = rows(formatFleets([FLEET]))
  expect(Object.fromEntries(head?.map((name, at) => [name, row?.[at]]) ?? [])).toEqual({
    aggregate: '100 × 10,320 series, own',
    'CPU ms': '80.0',
    'ns/pair': '80.0',
    collect: '60.0',
    finish: '20.0',
    first: '9,999',
    'B/pair': '24.0',
    'peak MiB': '1,024',
    'out kB': '320',
  })
})

test('the table fits in 100 columns, with numbers as large as they come', () => {
  const large = { ...FLEET, collectMs: 12_345, finishMs: 12_345 }
  for (const line of formatFleets([FLEET, large]).split('\n')) expect(line.length).toBeLessThanOrEqual(100)
})
