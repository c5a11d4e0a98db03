import { expect, test } from '@jest/globals'
import { lines, scrape } from './gate.ts'

test('without rules all bytes leave as they came', () => {
  const body = Buffer.from(
    '\n# a comment\n# TYPE a counter\n a {b="x\ny"}\t1 \nnot a sample\n\xff\r\na 2',
    'latin1',
  )
  expect(scrape([], body).bytes).toEqual(body)
})

test('lines that look like samples are counted', () => {
  const { stats } = scrape([], lines('# TYPE a counter', 'a 1', '', '  b 2', 'c'))
  expect(stats).toMatchObject({ samplesIn: 3, malformedLines: 0, main: { samplesOut: 3, bytesOut: 30 } })
})

test('OpenMetrics without rules leaves as it came', () => {
  const body = lines('# TYPE a counter', 'a_total 1 # {b="c"} 1', '# EOF')
  expect(scrape([], body, { format: 'openmetrics' }).main).toBe(body)
})
