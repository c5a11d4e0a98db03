import { describe, expect, test } from '@jest/globals'
import { KernelScrape } from '../../../../proxy/gate/kernel/scrape.ts'
import type { SeriesTableLimits } from '../../../../proxy/gate/kernel/series-table.ts'
import type { Program } from '../../../../proxy/gate/program.ts'
import { lines, programOf } from '../gate.ts'

const NO_LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const
const MEMORY: SeriesTableLimits = { seriesMax: 10 ** 6, bytesMax: 10 ** 9, unseenScrapes: 3 }

const merging = [{ action: 'labeldrop', regex: 'path' }]
const byValue = [{ source_labels: ['path'], target_label: 'x' }]

function scrape(program: Program, body: string): string {
  const run = new KernelScrape(program, 'text', NO_LIMITS)
  const chunks = run.push(Buffer.from(body))
  return Buffer.concat([...chunks, ...run.finish().main]).toString()
}

/** So many series, numbered from `first` on. */
function series(first: number, count: number): string {
  return lines(...Array.from({ length: count }, (_, i) => `a{b="${first + i}",path="${i}"} 1`))
}

describe.each([
  ['by names', merging],
  ['by values', byValue],
])('rules %s', (_, rules) => {
  test('a series is remembered once', () => {
    const program = programOf(rules, {}, MEMORY)
    for (let i = 0; i < 5; i++) scrape(program, series(0, 100))
    expect(program.memory.table('text').size).toBe(100)
  })

  test('what does not come any more is forgotten', () => {
    const program = programOf(rules, {}, MEMORY)
    for (let round = 0; round < 12; round++) scrape(program, series(round * 100, 100))
    expect(program.memory.table('text').size).toBeLessThanOrEqual(300)
  })

  test('what goes on coming is not', () => {
    const program = programOf(rules, {}, MEMORY)
    const steady = series(0, 50)
    for (let round = 1; round <= 12; round++) {
      const output = scrape(program, steady + series(round * 1000, 100))
      expect(output.split('\n')).toHaveLength(151)
    }
    const { size } = program.memory.table('text')
    scrape(program, steady)
    expect(program.memory.table('text').size).toBeLessThanOrEqual(size)
    expect(size).toBeGreaterThanOrEqual(50)
  })

  test('an application that makes series up without end costs bounded memory', () => {
    const seriesMax = 2000
    const program = programOf(rules, {}, { ...MEMORY, seriesMax })
    const table = () => program.memory.table('text')
    let heldBytes = 0
    for (let round = 0; round < 40; round++) {
      const output = scrape(program, series(round * 1500, 1500))
      expect(output.split('\n')).toHaveLength(1501)
      expect(table().size).toBeLessThanOrEqual(seriesMax)
      if (round === 10) heldBytes = table().heldBytes
    }
    expect(table().heldBytes).toBeLessThanOrEqual(1.5 * heldBytes)
  })

  test('memory is given back when a scrape ends, or is closed before its end', () => {
    const program = programOf(rules, {}, MEMORY)
    scrape(program, series(0, 1000))
    const { heldBytes } = program.memory.table('text')
    for (let i = 0; i < 20; i++) {
      const run = new KernelScrape(program, 'text', NO_LIMITS)
      run.push(Buffer.from(series(0, 900)))
      if (i % 2 === 0) run.finish()
      run.close()
    }
    expect(program.memory.table('text').heldBytes).toBe(heldBytes)
  })
})

test('no more than the bytes allowed are taken, but for one step', () => {
  const bytesMax = 2 * 2 ** 20
  const program = programOf(merging, {}, { ...MEMORY, bytesMax })
  for (let round = 0; round < 2; round++) scrape(program, series(round * 40000, 40000))
  expect(program.memory.table('text').heldBytes).toBeLessThan(2 * bytesMax)
})

test.each(['pass', 'drop'] as const)('series beyond the limit of a scrape take no memory: %s', onLimit => {
  const program = programOf(byValue, {}, { ...MEMORY, seriesMax: 100 })
  const heldBytes = (): number => {
    const limits = { ...NO_LIMITS, series: { max: 200, onLimit } }
    const run = new KernelScrape(program, 'text', limits)
    run.push(Buffer.from(series(0, 200)))
    const before = program.memory.table('text').heldBytes
    for (let part = 0; part < 20; part++) run.push(Buffer.from(series(200 + part * 5000, 5000)))
    const more = program.memory.table('text').heldBytes - before
    run.close()
    return more
  }
  expect(heldBytes()).toBe(0)
})
