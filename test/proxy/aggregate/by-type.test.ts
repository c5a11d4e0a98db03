import { describe, expect, test } from '@jest/globals'
import { compileRegex } from '../../../proxy/relabel/regex.ts'
import { lines } from '../gate/gate.ts'
import { type AggregatorOptions, Rounds, START_MS } from './rounds.ts'

/** Two targets answer twice; the output then. */
function aggregate(
  first: readonly (readonly string[])[],
  then: readonly (readonly string[])[],
  options: AggregatorOptions = {},
): string {
  const rounds = new Rounds(options)
  rounds.round(Object.fromEntries(first.map((answer, at) => [`target-${at}`, answer])))
  return rounds.round(Object.fromEntries(then.map((answer, at) => [`target-${at}`, answer]))).text
}

describe('what two targets come to in their second round', () => {
  test.each<
    [string, readonly string[], readonly string[], readonly string[], readonly string[], readonly string[]]
  >([
    [
      'counters: what they rose by',
      ['# TYPE a_total counter', 'a_total 100'],
      ['# TYPE a_total counter', 'a_total 1000'],
      ['# TYPE a_total counter', 'a_total 107'],
      ['# TYPE a_total counter', 'a_total 1002'],
      ['# TYPE a_total counter', 'a_total 9'],
    ],
    [
      'counters that are known by their names alone',
      ['a_total 100', 'b_count 1'],
      ['a_total 1000', 'b_count 1'],
      ['a_total 107', 'b_count 2'],
      ['a_total 1002', 'b_count 3'],
      ['a_total 9', 'b_count 3'],
    ],
    [
      'histograms: bound by bound, in one spelling, those that a target lacks too',
      ['# TYPE h histogram', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 5', 'h_sum 9', 'h_count 5'],
      ['# TYPE h histogram', 'h_bucket{le="2"} 1', 'h_bucket{le="+Inf"} 6', 'h_sum 8', 'h_count 6'],
      ['# TYPE h histogram', 'h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 7', 'h_sum 10.5', 'h_count 7'],
      ['# TYPE h histogram', 'h_bucket{le="2"} 5', 'h_bucket{le="+Inf"} 9', 'h_sum 12', 'h_count 9'],
      [
        '# TYPE h histogram',
        'h_bucket{le="1.0"} 1',
        'h_bucket{le="+Inf"} 5',
        'h_sum 5.5',
        'h_count 5',
        'h_bucket{le="2.0"} 4',
      ],
    ],
    [
      'summaries: sum and count, without quantiles',
      ['# TYPE s summary', 's{quantile="0.5"} 3', 's_sum 30', 's_count 10'],
      ['# TYPE s summary', 's{quantile="0.5"} 4', 's_sum 40', 's_count 10'],
      ['# TYPE s summary', 's{quantile="0.5"} 3', 's_sum 33', 's_count 11'],
      ['# TYPE s summary', 's{quantile="0.5"} 4', 's_sum 44', 's_count 11'],
      ['# TYPE s summary', 's_sum 7', 's_count 2'],
    ],
    [
      'gauges: their sum now',
      ['# TYPE g gauge', 'g 1'],
      ['# TYPE g gauge', 'g 2'],
      ['# TYPE g gauge', 'g 5'],
      ['# TYPE g gauge', 'g -1'],
      ['# TYPE g gauge', 'g 4'],
    ],
    [
      'points in time: the latest',
      ['# TYPE process_start_time_seconds gauge', 'process_start_time_seconds 5'],
      ['# TYPE process_start_time_seconds gauge', 'process_start_time_seconds 7'],
      ['# TYPE process_start_time_seconds gauge', 'process_start_time_seconds 5'],
      ['# TYPE process_start_time_seconds gauge', 'process_start_time_seconds 7'],
      ['# TYPE process_start_time_seconds gauge', 'process_start_time_seconds 7'],
    ],
    [
      'a value that is NaN is skipped',
      ['# TYPE g gauge', 'g 1', 'only NaN', 'a_total NaN', 'b_total NaN'],
      ['# TYPE g gauge', 'g 1', 'only NaN', 'a_total 4', 'b_total NaN'],
      ['# TYPE g gauge', 'g NaN', 'only NaN', 'a_total NaN', 'b_total NaN'],
      ['# TYPE g gauge', 'g 3', 'only NaN', 'a_total 6', 'b_total NaN'],
      ['# TYPE g gauge', 'g 3', 'only NaN', 'a_total 2', 'b_total NaN'],
    ],
    [
      'a counter that is infinite for a while is skipped meanwhile',
      ['a_total 1'],
      ['a_total 1'],
      ['a_total +Inf'],
      ['a_total 3'],
      ['a_total 2'],
    ],
    [
      'a series that an exposition repeats counts once, the first',
      ['g 1', 'g 10', 'a_total 1', 'a_total 100'],
      ['g 2', 'a_total 1'],
      ['g 3', 'g 30', 'a_total 2', 'a_total 300'],
      ['g 4', 'a_total 1'],
      ['g 7', 'a_total 1'],
    ],
  ])('%s', (_, a1, b1, a2, b2, expected) => {
    expect(aggregate([a1, b1], [a2, b2])).toBe(lines(...expected))
  })

  const openMetrics: readonly [string, readonly string[], readonly string[], readonly string[]][] = [
    [
      'infos that are the same: 1',
      ['# TYPE build info', 'build_info{version="1"} 1'],
      ['# TYPE build info', 'build_info{version="1"} 1', 'build_info{version="2"} 1'],
      ['# TYPE build info', 'build_info{version="1"} 1', 'build_info{version="2"} 1'],
    ],
    [
      'states: set where it is set in any',
      ['# TYPE s stateset', 's{s="up"} 1', 's{s="down"} 0'],
      ['# TYPE s stateset', 's{s="up"} 0', 's{s="down"} 0'],
      ['# TYPE s stateset', 's{s="up"} 1', 's{s="down"} 0'],
    ],
    [
      'gauge histograms: their sum now',
      ['# TYPE h gaugehistogram', 'h_bucket{le="+Inf"} 2', 'h_gcount 2', 'h_gsum 3'],
      ['# TYPE h gaugehistogram', 'h_bucket{le="+Inf"} 1', 'h_gcount 1', 'h_gsum 5'],
      ['# TYPE h gaugehistogram', 'h_bucket{le="+Inf"} 3', 'h_gcount 3', 'h_gsum 8'],
    ],
    [
      'when counters began: when the output’s did',
      ['# TYPE a counter', 'a_total 5', 'a_created 123'],
      ['# TYPE a counter', 'a_total 6', 'a_created 456'],
      ['# TYPE a counter', 'a_total 0', `a_created ${START_MS / 1000}`],
    ],
  ]
  test.each(openMetrics)('%s', (_, a, b, expected) => {
    const answers = [a, b].map(answer => [...answer, '# EOF'])
    expect(aggregate(answers, answers)).toBe(lines(...expected, '# EOF'))
  })
})

test('a counter that is new in a round has counted nothing before the round before, and says so', () => {
  const counter = (x: string) => [`a_total{x="${x}"} 5`, `a_created{x="${x}"} 1`]
  const rounds = new Rounds()
  rounds.round({ x: ['# TYPE a counter', ...counter('1'), '# EOF'] })
  const { values } = rounds.round({ x: ['# TYPE a counter', ...counter('1'), ...counter('2'), '# EOF'] })
  expect(values.get('a_created{x="2"}')).toBe(START_MS / 1000)
  expect(values.get('a_total{x="2"}')).toBe(5)
})

describe('gauges by setting', () => {
  test.each([
    ['sum', 'g 12'],
    ['min', 'g 1'],
    ['max', 'g 7'],
    ['avg', 'g 4'],
    ['count', 'g 3'],
  ] as const)('%s', (gauges, expected) => {
    const answers = [['g 4'], ['g 1'], ['g 7']]
    expect(aggregate(answers, answers, { gauges })).toBe(`${expected}\n`)
  })

  test('drop', () => {
    expect(aggregate([['g 4', 'a_total 1']], [['g 4', 'a_total 1']], { gauges: 'drop' })).toBe('a_total 0\n')
  })

  test('series of one target that rules make equal count as well as those of others', () => {
    const rules = [{ action: 'labeldrop', regex: 'path' }]
    const answers = [['g{path="1"} 4', 'g{path="2"} 1'], ['g{path="1"} 7']]
    expect(aggregate(answers, answers, { gauges: 'avg', rules })).toBe('g 4\n')
  })
})

test('only where the type says that a label is a bound is it written in one way', () => {
  const { text } = new Rounds({ counters: 'sum' }).round({
    x: ['# TYPE h histogram', 'h_bucket{le="1"} 1'],
    y: ['h_bucket{le="1"} 2'],
  })
  expect(text).toBe(lines('# TYPE h histogram', 'h_bucket{le="1.0"} 1', 'h_bucket{le="1"} 2'))
})

describe('overrides', () => {
  test('go before types and settings; the first that matches the name in the output counts', () => {
    const overrides = [
      { metrics: compileRegex('.*_ratio'), function: 'avg' },
      { metrics: compileRegex('renamed'), function: 'max' },
      { metrics: compileRegex('raw_total|renamed'), function: 'sum' },
    ] as const
    const rules = [
      {
        action: 'replace',
        source_labels: ['__name__'],
        regex: 'old',
        target_label: '__name__',
        replacement: 'renamed',
      },
    ]
    const first = [
      ['cpu_ratio 0.5', 'old 1', 'raw_total 5', 'a_total 5'],
      ['cpu_ratio 1', 'old 2', 'raw_total 6', 'a_total 6'],
    ]
    expect(aggregate(first, first, { overrides, rules })).toBe(
      lines('cpu_ratio 0.75', 'renamed 2', 'raw_total 11', 'a_total 0'),
    )
  })

  test('each output has what its own names say', () => {
    const overrides = [{ metrics: compileRegex('total_now'), function: 'sum' }] as const
    const rename = [{ action: 'replace', target_label: '__name__', replacement: 'total_now' }]
    const rounds = new Rounds({ overrides, subsets: { now: rename } })
    rounds.round({ a: ['a_total 5'], b: ['a_total 6'] })
    const { text, subsets } = rounds.round({ a: ['a_total 7'], b: ['a_total 6'] })
    expect({ text, subsets }).toEqual({ text: 'a_total 2\n', subsets: { now: 'total_now 13\n' } })
  })
})

test('with counters: sum, counters add up as they are', () => {
  const typed = (value: number) => ['# TYPE a_total counter', `a_total ${value}`]
  expect(aggregate([typed(5), typed(6)], [typed(1), typed(7)], { counters: 'sum' })).toBe(lines(...typed(8)))
})

describe('timestamps and exemplars', () => {
  const exposition = (labels: string, extras: string) => [
    '# TYPE a counter',
    `a_total${labels} 1${extras}`,
    '# EOF',
  ]

  test('stay where one series goes to a series of the output', () => {
    const { text } = new Rounds().round({
      a: exposition('{x="1"}', ' 123.5'),
      b: exposition('{x="2"}', ' # {trace="t"} 1 2'),
    })
    expect(text).toBe(
      lines('# TYPE a counter', 'a_total{x="1"} 0 123.5', 'a_total{x="2"} 0 # {trace="t"} 1 2', '# EOF'),
    )
  })

  test('go where the output is in another format: it has no exemplars, or other units of time', () => {
    const { text } = new Rounds().round({
      x: ['a_total{x="1"} 1 123.5 # {trace="t"} 1', '# EOF'],
      y: ['a_total{x="2"} 1 123500'],
    })
    expect(text).toBe(lines('a_total{x="1"} 0', 'a_total{x="2"} 0 123500'))
  })

  test('go where several do', () => {
    const { text } = new Rounds().round({
      a: exposition('', ' 123.5'),
      b: exposition('', ' # {trace="t"} 1 2'),
    })
    expect(text).toBe(lines('# TYPE a counter', 'a_total 0', '# EOF'))
  })

  test('are those of the last scrape', () => {
    const rounds = new Rounds()
    rounds.round({ a: ['g 1 1000'] })
    expect(rounds.round({ a: ['g 1 2000'] }).text).toBe('g 1 2000\n')
    expect(rounds.round({ a: ['g 1'] }).text).toBe('g 1\n')
  })
})

describe('histogram children whose bounds differ', () => {
  const child = (bounds: readonly string[]) => [
    '# TYPE h histogram',
    ...bounds.map(le => `h_bucket{x="y",le="${le}"} 1`),
  ]

  test.each([
    [
      'the same bounds',
      [
        ['1', '+Inf'],
        ['1.0', '+Inf'],
      ],
      0,
    ],
    [
      'another bound',
      [
        ['1', '+Inf'],
        ['2', '+Inf'],
      ],
      1,
    ],
    [
      'one more bound',
      [
        ['1', '+Inf'],
        ['1', '2', '+Inf'],
      ],
      1,
    ],
  ])('%s', (_, [a = [], b = []], expected) => {
    expect(new Rounds().round({ a: child(a), b: child(b) }).stats.mixedBounds).toBe(expected)
  })
})
