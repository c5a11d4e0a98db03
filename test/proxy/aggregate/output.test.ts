import { describe, expect, test } from '@jest/globals'
import { lines } from '../gate/gate.ts'
import { Rounds } from './rounds.ts'

const TEXT = [
  '# HELP a_total Says "a".',
  '# TYPE a_total counter',
  'a_total 1',
  '# TYPE h histogram',
  'h_bucket{le="1"} 1',
  'h_bucket{le="+Inf"} 1',
  'h_sum 1',
  'h_count 1',
  '# TYPE u untyped',
  'u 1',
]
const OPENMETRICS = [
  '# TYPE a counter',
  '# HELP a Says \\"a\\".',
  'a_total 1',
  '# TYPE h histogram',
  'h_bucket{le="1.0"} 1',
  'h_bucket{le="+Inf"} 1',
  'h_sum 1',
  'h_count 1',
  '# TYPE u unknown',
  'u 1',
  '# EOF',
]

describe('the format', () => {
  test('is OpenMetrics when all targets answer in it', () => {
    const { format, text } = new Rounds().round({ x: OPENMETRICS, y: OPENMETRICS })
    expect(format).toBe('openmetrics')
    expect(text.endsWith('# EOF\n')).toBe(true)
  })

  test('is text as soon as one does not', () => {
    expect(new Rounds().round({ x: OPENMETRICS, y: TEXT }).format).toBe('text')
  })

  test('stays what it is while a target is held', () => {
    const rounds = new Rounds()
    rounds.round({ x: OPENMETRICS, y: TEXT })
    expect(rounds.round({ x: OPENMETRICS, y: 'no answer' }).format).toBe('text')
  })

  test('series of both formats are one', () => {
    const { values } = new Rounds({ counters: 'sum' }).round({ x: OPENMETRICS, y: TEXT })
    expect(Object.fromEntries(values)).toEqual({
      a_total: 2,
      'h_bucket{le="1.0"}': 2,
      'h_bucket{le="+Inf"}': 2,
      h_sum: 2,
      h_count: 2,
      u: 2,
    })
  })
})

describe('metadata follows the format', () => {
  const metadataOf = (text: string) => text.split('\n').filter(line => line.startsWith('#'))

  test('families of OpenMetrics in text', () => {
    const openMetrics = [
      '# TYPE a_seconds counter',
      '# UNIT a_seconds seconds',
      '# HELP a_seconds Says \\"a\\" \\\\ \\n.',
      'a_seconds_total 1',
      'a_seconds_created 1',
      '# TYPE build info',
      'build_info 1',
      '# TYPE s stateset',
      's{s="x"} 1',
      '# TYPE g gaugehistogram',
      'g_bucket{le="+Inf"} 1',
      'g_gcount 1',
      'g_gsum 1',
      '# TYPE u unknown',
      'u 1',
      '# EOF',
    ]
    const { text } = new Rounds().round({ x: openMetrics, y: ['z 1'] })
    expect(metadataOf(text)).toEqual([
      '# TYPE a_seconds_total counter',
      '# HELP a_seconds_total Says "a" \\\\ \\n.',
      '# TYPE a_seconds_created gauge',
      '# HELP a_seconds_created Says "a" \\\\ \\n.',
      '# TYPE build_info gauge',
      '# TYPE s gauge',
      '# TYPE g_bucket untyped',
      '# TYPE g_gcount untyped',
      '# TYPE g_gsum untyped',
      '# TYPE u untyped',
    ])
  })

  test('families of text in OpenMetrics', () => {
    const rounds = new Rounds()
    rounds.round({ x: [...TEXT, '# TYPE odd counter', 'odd 1'], y: OPENMETRICS })
    const { text, format } = rounds.round({
      x: [...OPENMETRICS.slice(0, -1), 'odd 1', '# EOF'],
      y: OPENMETRICS,
    })
    expect(format).toBe('openmetrics')
    expect(metadataOf(text)).toEqual([
      '# HELP a Says \\"a\\".',
      '# TYPE a counter',
      '# TYPE h histogram',
      '# TYPE u unknown',
      '# TYPE odd unknown',
      '# EOF',
    ])
  })
})

test('families and their series come by first appearance, each family in one piece', () => {
  const { text } = new Rounds().round({
    x: ['# TYPE h histogram', 'h_sum 1', '# TYPE a gauge', 'a{x="2"} 1'],
    y: ['# TYPE h histogram', 'h_count 1', '# TYPE a gauge', 'a{x="1"} 1'],
  })
  expect(text).toBe(
    lines('# TYPE h histogram', 'h_sum 0', 'h_count 0', '# TYPE a gauge', 'a{x="2"} 1', 'a{x="1"} 1'),
  )
})

test('a family of which nothing is left has no metadata', () => {
  const rounds = new Rounds()
  rounds.round({ x: ['# TYPE a gauge', 'a 1', 'b 1'] })
  expect(rounds.round({ x: ['b 1'] }).text).toBe('b 1\n')
})

test('further families go to the end of the main output, before the end marker', () => {
  const rounds = new Rounds({ subsets: { s: [] } })
  const appendix = lines('# TYPE up gauge', 'up{target="x"} 1')
  const { text, subsets } = rounds.round({ x: ['g 1', '# EOF'] }, 1, appendix)
  expect({ text, subsets }).toEqual({ text: `g 1\n${appendix}# EOF\n`, subsets: { s: 'g 1\n# EOF\n' } })
})

test('one scrape fills every output', () => {
  const keep = [{ action: 'keep', source_labels: ['__name__'], regex: 'b' }]
  const drop = [{ action: 'labeldrop', regex: 'x' }]
  const rounds = new Rounds({ rules: drop, subsets: { s: keep } })
  const { text, subsets } = rounds.round({ x: ['a{x="1"} 1', 'a{x="2"} 2'], y: ['b{x="1"} 3'] })
  expect({ text, subsets }).toEqual({ text: 'a 3\nb 3\n', subsets: { s: 'b{x="1"} 3\n' } })
})

test('an output does not change any more when the next round comes', () => {
  const rounds = new Rounds()
  const { aggregator } = rounds
  rounds.round({ x: ['a_total 1'] })
  const round = aggregator.beginRound(['x'], rounds.nowMs + 1)
  const scrape = round.open('x', 'text')
  scrape.push(Buffer.from('a_total 3\n'))
  scrape.finish()
  const { main } = round.finish()
  rounds.round({ x: ['a_total 9'] })
  expect(Buffer.concat([...main]).toString()).toBe('a_total 2\n')
})

test('an output that is too large is cut at a line end, or fails, as is chosen', () => {
  const answer = ['a 1', 'b 1', 'c 1']
  const { text, stats } = new Rounds({ outputBytesMax: 9, onLimit: 'truncate' }).round({ x: answer })
  expect([text, stats.main.truncatedOutput]).toEqual(['a 1\nb 1\n', true])
  const failing = new Rounds({ outputBytesMax: 9, onLimit: 'fail' })
  expect(() => failing.round({ x: answer })).toThrow(expect.objectContaining({ code: 'E_OUTPUT_BYTES' }))
})

test('samples are counted', () => {
  const rules = [
    { action: 'drop', source_labels: ['__name__'], regex: 'dropped|nowhere' },
    { action: 'labeldrop', regex: 'path' },
  ]
  const subset = [{ action: 'keep', source_labels: ['__name__'], regex: 'dropped' }]
  const { stats } = new Rounds({ rules, subsets: { s: subset } }).round({
    x: ['a{path="1"} 1', 'a{path="1"} 1', 'a{path="2"} NaN', 'dropped 1', 'nowhere 1'],
    y: ['a{path="1"} 1', 'a_total NaN', 'a_total{path="1"} +Inf'],
  })
  expect(stats).toMatchObject({
    targets: 2,
    answered: 2,
    samplesIn: 8,
    duplicateSamples: 1,
    skippedValues: 2,
    main: { samplesOut: 2, mergedSeries: 3, droppedSeries: 2, nanSamples: 1 },
  })
  expect(stats.subsets.get('s')).toMatchObject({ samplesOut: 1, droppedSeries: 6 })
})
