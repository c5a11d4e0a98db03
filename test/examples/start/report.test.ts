import { expect, test } from '@jest/globals'
import { formatReport } from '../../../examples/start/report.ts'

test('shows what came in, what went out, what that saves, and the five largest families of both', () => {
  const before = {
    bytes: 2_000_000,
    seriesByFamily: new Map([
      ['requests', 12_000],
      ['latency', 5000],
      ['sizes', 700],
      ['queue', 90],
      ['errors', 90],
      ['up', 1],
    ]),
  }
  const after = { bytes: 250_000, seriesByFamily: new Map([['requests', 600]]) }

  expect(formatReport(before, after)).toBe(
    [
      '                  in       out    saved',
      '  series      17,881       600   96.6 %',
      '  bytes    2,000,000   250,000   87.5 %',
      '',
      '  largest families before   series   largest families after   series',
      '  requests                  12,000   requests                    600',
      '  latency                    5,000',
      '  sizes                        700',
      '  errors                        90',
      '  queue                         90',
      '',
    ].join('\n'),
  )
})

test('an application without series saves nothing', () => {
  const nothing = { bytes: 0, seriesByFamily: new Map<string, number>() }
  expect(formatReport(nothing, nothing)).toContain('series    0     0   0.0 %')
})
