import { describe, expect, test } from '@jest/globals'
import { lines, scrape } from './gate.ts'

const dropPath = [{ action: 'labeldrop', regex: 'path' }]

describe('values of series that became equal', () => {
  test.each([
    [['a{path="1"} 1', 'a{path="2"} 2'], ['a 3']],
    [['a{path="1"} 0.1', 'a{path="2"} 0.2', 'a{path="3"} 0.3'], ['a 0.6000000000000001']],
    [['a{path="1"} 1e23', 'a{path="2"} 1'], ['a 1e+23']],
    [['a{path="1"} 9007199254740992', 'a{path="2"} 1', 'a{path="3"} 1'], ['a 9007199254740992']],
    [['a{path="1"} +Inf', 'a{path="2"} 1'], ['a +Inf']],
    [['a{path="1"} +Inf', 'a{path="2"} -Inf'], ['a NaN']],
    [['a{path="1"} -0', 'a{path="2"} -0'], ['a -0']],
    [['a{x="1",path="1",y="2"} 1', 'a{path="2",y="2",x="1"} 2'], ['a{x="1",y="2"} 3']],
    [
      ['a{x="1",path="1"} 1', 'a{x="2",path="1"} 2'],
      ['a{x="1"} 1', 'a{x="2"} 2'],
    ],
  ])('%j add up to %j', (body, expected) => {
    expect(scrape(dropPath, lines(...body)).main).toBe(lines(...expected))
  })
})

describe('a series of one sample', () => {
  test.each([
    ['a{path="1"} 1.50e+00', 'a 1.5'],
    ['a {path="1"}\t 0x  ', undefined],
    ['  a { x = "1" , path="1" }\t.5  1395066363000 ', 'a{x="1"} 0.5 1395066363000'],
    ['{"a.b",path="1"} nan', '{"a.b"} NaN'],
    ['a{path="1",x="\\q \\n \\\\"} 1', 'a{x="\\\\q \\n \\\\"} 1'],
    ['a{x="raw\nnewline"} 1', 'a{x="raw\\nnewline"} 1'],
    ['a{x="żółć",y=""} 1', 'a{x="żółć"} 1'],
  ])('%j keeps its value and timestamp', (line, expected) => {
    expect(scrape(dropPath, `${line}\n`).main).toBe(`${expected ?? line}\n`)
  })

  test('keeps its exemplar', () => {
    const line = 'a_total{path="1"} 1 123 # {trace="żółć",} 0.50 1.5'
    const { main } = scrape(dropPath, lines(line, '# EOF'), { format: 'openmetrics' })
    expect(main).toBe(lines('a_total 1 123 # {trace="żółć",} 0.50 1.5', '# EOF'))
  })
})

test('a sum has neither timestamp nor exemplar', () => {
  const body = lines('a_total{path="1"} 1 123 # {b="c"} 1', 'a_total{path="2"} 2 # {b="d"} 1', '# EOF')
  expect(scrape(dropPath, body, { format: 'openmetrics' }).main).toBe(lines('a_total 3', '# EOF'))
})

test('families and the series in them come by first appearance, each family in one piece', () => {
  const body = [
    '# TYPE h histogram',
    'h_sum 1',
    '# TYPE a gauge',
    'a{x="2"} 1',
    'h_count 2',
    'a{x="1"} 2',
    'h_sum{y="1"} 3',
  ]
  const expected = [
    '# TYPE h histogram',
    'h_sum 1',
    'h_count 2',
    'h_sum{y="1"} 3',
    '# TYPE a gauge',
    'a{x="2"} 1',
    'a{x="1"} 2',
  ]
  expect(scrape(dropPath, lines(...body)).main).toBe(lines(...expected))
})

test('labels are sorted, so that the text of a series does not depend on which sample came first', () => {
  const move = { source_labels: ['x'], target_label: 'a' }
  expect(scrape([...dropPath, move], lines('a{z="1",x="2",path="1"} 1', 'a{x="2",z="1"} 1')).main).toBe(
    lines('a{a="2",x="2",z="1"} 2'),
  )
})

test('le and quantile are written in one spelling, where the type says what they are', () => {
  const body = [
    '# TYPE h histogram',
    'h_bucket{path="1",le="1"} 1',
    'h_bucket{path="2",le="1.0"} 2',
    'h_bucket{le="+Inf"} 3',
    '# TYPE s summary',
    's{quantile=".5"} 4',
    'g{le="1"} 5',
  ]
  expect(scrape(dropPath, lines(...body)).main).toBe(
    lines(
      '# TYPE h histogram',
      'h_bucket{le="1.0"} 3',
      'h_bucket{le="+Inf"} 3',
      '# TYPE s summary',
      's{quantile="0.5"} 4',
      'g{le="1"} 5',
    ),
  )
})

describe('a series that the exposition repeats counts once, the first', () => {
  test.each([
    ['as it is', ['a{path="1"} 1', 'a{path="1"} 2']],
    ['with its labels in another order', ['a{x="",path="1"} 1', 'a{path="1",x=""} 2']],
    ['in another spelling', ['a{path="\\n"} 1', 'a { "path"="\n", } 2']],
    ['with its name elsewhere', ['a{path="1"} 1', '{path="1","a"} 2']],
    ['with another timestamp', ['a{path="1"} 1', 'a{path="1"} 2 3']],
  ])('%s', (_, body) => {
    const { main, stats } = scrape(dropPath, lines(...body))
    expect(main).toMatch(/ 1\n$/)
    expect(stats).toMatchObject({ duplicateSamples: 1, main: { samplesOut: 1, mergedSeries: 0 } })
  })
})

test.each([
  ['a label with an empty value', ['a 1', 'a{x=""} 2'], 'a 3\n'],
  [
    'the spelling of a bound',
    ['# TYPE a histogram', 'a{le="1"} 1', 'a{le="1.0"} 2'],
    lines('# TYPE a histogram', 'a{le="1.0"} 3'),
  ],
])('%s tells series apart until rules have run', (_, body, expected) => {
  expect(scrape(dropPath, lines(...body)).main).toBe(expected)
})

test('a series without its name is dropped and counted', () => {
  const { main, stats } = scrape([{ action: 'labeldrop', regex: '__name__' }], lines('a 1', 'b 2'))
  expect(main).toBe('')
  expect(stats).toMatchObject({ samplesIn: 2, main: { namelessSeries: 2, samplesOut: 0 } })
})

test('samples are counted', () => {
  const rules = [...dropPath, { action: 'drop', source_labels: ['__name__'], regex: 'b' }]
  const { stats } = scrape(rules, lines('a{path="1"} 1', 'a{path="2"} 1', 'a{path="2"} 1', 'b 1', 'c 1'))
  expect(stats).toMatchObject({
    samplesIn: 5,
    duplicateSamples: 1,
    main: { samplesOut: 2, droppedSeries: 1, mergedSeries: 1, bytesOut: 8 },
  })
})
