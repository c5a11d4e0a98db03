import { describe, expect, test } from '@jest/globals'
import { bodyOf } from '../../bench/body.ts'
import { IMPLEMENTATIONS } from '../../bench/implementations.ts'
import { checkMemory, memoryBound } from '../../bench/memory-bound.ts'
import { linesOf, WORKLOADS } from '../../bench/workloads.ts'

describe('the memory formula', () => {
  test('grows with what is remembered', () => {
    const small = memoryBound({ series: 1000, outputSeries: 100 })
    expect(memoryBound({ series: 2000, outputSeries: 100 })).toBeGreaterThan(small)
    expect(memoryBound({ series: 1000, outputSeries: 200 })).toBeGreaterThan(small)
  })

  test('is 27 bytes a series and 185 an output series', () => {
    const perMillion = (remembered: { series: number; outputSeries: number }): number =>
      Math.round((memoryBound(remembered) - memoryBound({ series: 0, outputSeries: 0 })) / 1e6)
    expect(perMillion({ series: 1e6, outputSeries: 0 })).toBe(27)
    expect(perMillion({ series: 0, outputSeries: 1e6 })).toBe(185)
  })

  test('what is above it is an error that says how much', () => {
    const remembered = { series: 10, outputSeries: 1 }
    expect(() => checkMemory(memoryBound(remembered) + 1, remembered)).toThrow(
      'for 10 series and 1 output series',
    )
    expect(() => checkMemory(memoryBound(remembered), remembered)).not.toThrow()
  })

  test.each(['app-2k', 'ingress-130k', 'kube-state-200k'])('holds for %s', name => {
    const workload = WORKLOADS.get(name)
    const kernel = IMPLEMENTATIONS.get('kernel')
    if (workload === undefined || kernel === undefined) throw new Error('no such workload')
    const body = bodyOf(linesOf(workload, { scrape: 0, churn: false }))
    for (const rules of Object.values(workload.rules))
      expect(kernel.open(rules).scrape([body])).toBeGreaterThan(0)
  })
})
