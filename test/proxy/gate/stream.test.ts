import { describe, expect, test } from '@jest/globals'
import { Scrape } from '../../../proxy/gate/scrape.ts'
import { lines, programOf, scrape } from './gate.ts'

const dropB = [{ action: 'drop', source_labels: ['__name__'], regex: 'b.*' }]

test('kept lines leave as the bytes that came, in order', () => {
  const { main } = scrape(dropB, 'a {x="1", }\t1 \nb 2\na{x="\\n\ny"} 0x\nc{} 3.50 1395066363000')
  expect(main).toBe('a {x="1", }\t1 \na{x="\\n\ny"} 0x\nc{} 3.50 1395066363000')
})

test('they leave while the body arrives', () => {
  const limits = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'truncate' } as const
  const run = new Scrape(programOf(dropB), 'text', limits)
  const push = (chunk: string) => Buffer.concat(run.push(Buffer.from(chunk))).toString()
  expect(push('a 1\na{x="2')).toBe('a 1\n')
  expect(push('"} 2')).toBe('')
  expect(push('\nb 3\n')).toBe('a{x="2"} 2\n')
  expect([...run.finish().main]).toEqual([])
})

test('a repeated series leaves as often as it came', () => {
  expect(scrape(dropB, lines('a 1', 'a 2')).main).toBe(lines('a 1', 'a 2'))
})

test('comments and blank lines do not leave', () => {
  expect(scrape(dropB, lines('# a comment', '', 'a 1', '#', '  ')).main).toBe('a 1\n')
})

describe('metadata of a family', () => {
  test.each([
    [
      'leaves before its first kept sample',
      ['# HELP a A.', '# TYPE a gauge', 'a 1', 'a{c="1"} 2'],
      undefined,
    ],
    ['does not leave when no sample does', ['# HELP b B.', '# TYPE b gauge', 'b 1'], []],
    [
      'waits for the first sample that is kept',
      ['# TYPE h histogram', '# TYPE b gauge', 'b 1', 'h_sum 2'],
      ['# TYPE h histogram', 'h_sum 2'],
    ],
    [
      'leaves before each family when all came first',
      ['# TYPE a gauge', '# TYPE b gauge', '# TYPE c gauge', 'a 1', 'b 1', 'c 1'],
      ['# TYPE a gauge', 'a 1', '# TYPE c gauge', 'c 1'],
    ],
    ['leaves in its place when it comes late', ['a 1', '# HELP a A.', 'a{c="1"} 2'], undefined],
    [
      'leaves again when it comes again',
      ['# TYPE a gauge', 'a 1', 'c 1', '# TYPE a gauge', 'a{c="1"} 2'],
      undefined,
    ],
    ['leaves in odd spelling', ['  #  HELP  a   A. ', 'a 1'], undefined],
  ])('%s', (_, body, expected) => {
    expect(scrape(dropB, lines(...body)).main).toBe(lines(...(expected ?? body)))
  })
})

test('rules see le and quantile in one spelling, lines keep their own', () => {
  const rules = [{ action: 'keep', source_labels: ['le', 'quantile'], regex: '1\\.0;|;1\\.0|;1' }]
  const body = ['# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_bucket{le="2"} 2', 'h_bucket{le="1.0"} 3']
  const others = ['# TYPE s summary', 's{quantile="1"} 4', '# TYPE g gauge', 'g{quantile="1"} 5']
  expect(scrape(rules, lines(...body, ...others)).main).toBe(
    lines('# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_bucket{le="1.0"} 3', ...others),
  )
})

test('an empty label is an absent one', () => {
  const rules = [{ action: 'keep', source_labels: ['x'], regex: '' }]
  expect(scrape(rules, lines('a{x=""} 1', 'a{x="1"} 2', 'a 3')).main).toBe(lines('a{x=""} 1', 'a 3'))
})

test('samples are counted', () => {
  expect(scrape(dropB, lines('a 1', 'b 2', 'bad', 'c 3')).stats).toEqual({
    bytesIn: 16,
    samplesIn: 3,
    malformedLines: 1,
    limitedSamples: 0,
    policyDroppedSamples: 0,
    duplicateSamples: 0,
    truncatedInput: false,
    main: {
      samplesOut: 2,
      bytesOut: 12,
      droppedSeries: 1,
      namelessSeries: 0,
      mergedSeries: 0,
      nanSamples: 0,
      unmergeableSeries: 0,
      ruleErrors: 0,
      truncatedOutput: false,
    },
    subsets: new Map(),
  })
})
