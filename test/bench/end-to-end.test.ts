import { expect, test } from '@jest/globals'
import { measureInTurn, scrapesPerTurn } from '../../bench/end-to-end.ts'
import { median } from '../../bench/statistics.ts'
import type { Subject } from '../../bench/subjects.ts'

/** A subject for which each scrape costs the next of these CPU times; the last of them goes on. */
function subject(name: string, log: string[], ...costsMs: readonly number[]): Subject {
  let cpuMs = 0
  let scrapes = 0
  return {
    name,
    transfer: 'length',
    floor: undefined,
    cpuMs: () => cpuMs,
    scrape: async count => {
      log.push(name)
      for (let scrape = 0; scrape < count; scrape++) cpuMs += costsMs[scrapes++] ?? costsMs.at(-1) ?? 0
      return scrapes
    },
    memory: () => undefined,
    stop: async () => undefined,
  }
}

test('after a warm-up of each, subjects are measured in turn', async () => {
  const log: string[] = []
  await measureInTurn([subject('A', log, 1), subject('B', log, 1)], 2, () => undefined)
  expect(log.join('')).toBe('AAABBBABAB')
})

test('times are for one scrape, and the first scrape is told apart', async () => {
  const [result] = await measureInTurn([subject('A', [], 90, 7)], 3, () => undefined)
  expect(result?.outcome).toMatchObject({ firstCpuMs: 90, cpuMs: expect.closeTo(7) })
})

test('a subject that fails is reported, and the others are measured', async () => {
  const broken: Subject = { ...subject('A', []), scrape: () => Promise.reject(new Error('it is gone')) }
  const [first, second] = await measureInTurn([broken, subject('B', [], 3)], 1, () => undefined)
  expect(first?.outcome).toEqual({ failure: 'it is gone' })
  expect(second?.outcome).toMatchObject({ cpuMs: expect.closeTo(3) })
})

test.each([
  [0.01, 5000],
  [100, 5],
  [501, 1],
  [60_000, 1],
])('where a scrape takes %f ms, a turn has %i', (wallMs, scrapes) => {
  expect(scrapesPerTurn(wallMs)).toBe(scrapes)
})

test.each([
  [[3], 3],
  [[5, 1, 9], 5],
  [[10, 9, 1, 2], 5.5],
])('the median of %j is %f', (values, middle) => {
  expect(median(values)).toBe(middle)
})
