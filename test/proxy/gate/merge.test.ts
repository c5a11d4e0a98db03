import { describe, expect, test } from '@jest/globals'
import {
  DEFAULT_MERGE,
  GAUGE_FUNCTIONS,
  type GaugeFunction,
  type MergeSettings,
} from '../../../proxy/gate/merge/settings.ts'
import { compileRegex } from '../../../proxy/relabel/regex.ts'
import { lines, scrape } from './gate.ts'

const dropPath = [{ action: 'labeldrop', regex: 'path' }]

/** What samples with these values come to that only `path` tells apart. `name` may go on as `name{label="x",`. */
function merged(
  name: string,
  type: string | undefined,
  values: readonly (number | string)[],
  settings: Partial<MergeSettings> = {},
) {
  const metadata = type === undefined ? [] : [`# TYPE ${type}`]
  const open = name.includes('{') ? name : `${name}{`
  const samples = values.map((value, i) => `${open}path="${i}"} ${value}`)
  const merge = { ...DEFAULT_MERGE, ...settings }
  const format = type?.endsWith('info') || type?.endsWith('stateset') ? 'openmetrics' : 'text'
  const end = format === 'openmetrics' ? ['# EOF'] : []
  const { main, stats } = scrape(dropPath, lines(...metadata, ...samples, ...end), { merge, format })
  const out = main.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return { out, main, stats }
}

describe('types say how series merge', () => {
  test.each([
    ['c_total', 'c counter', '6'],
    ['c_created', 'c counter', '3'],
    ['h_bucket{le="1.0",', 'h histogram', '6'],
    ['h_sum', 'h histogram', '6'],
    ['h_created', 'h histogram', '3'],
    ['s_count', 's summary', '6'],
    ['i_info', 'i info', '1'],
    ['s', 's stateset', '3'],
    ['process_start_time_seconds', 'process_start_time_seconds gauge', '3'],
    ['x_created', undefined, '3'],
    ['x_total', undefined, '6'],
    ['x', undefined, '6'],
  ])('%s of %s', (name, type, expected) => {
    expect(merged(name, type, [1, 3, 2]).out).toEqual([expect.stringMatching(new RegExp(` ${expected}$`))])
  })

  test('the quantiles of a summary do not, and leave only while they are alone', () => {
    const { main, stats } = scrape(
      dropPath,
      lines(
        '# TYPE s summary',
        's{quantile="0.5",path="1"} 1',
        's{quantile="0.5",path="2"} 2',
        's{quantile="0.9",path="1"} 3',
        's_sum{path="1"} 4',
        's_sum{path="2"} 5',
      ),
    )
    expect(main).toBe(lines('# TYPE s summary', 's{quantile="0.9"} 3', 's_sum 9'))
    expect(stats.main).toMatchObject({ samplesOut: 2, mergedSeries: 2, unmergeableSeries: 1 })
  })

  test('a family of which nothing leaves has no metadata', () => {
    expect(merged('s{quantile="0.5",', 's summary', [1, 2]).main).toBe('')
  })
})

describe('gauges merge as the operator says', () => {
  test.each<[GaugeFunction, string[]]>([
    ['sum', ['a 8']],
    ['min', ['a -1']],
    ['max', ['a 7']],
    ['avg', ['a 2']],
    ['count', ['a 4']],
    ['drop', []],
  ])('%s', (gauges, expected) => {
    expect(merged('a', 'a gauge', [2, -1, 7, 0], { gauges }).out).toEqual(expected)
  })

  test.each(GAUGE_FUNCTIONS)('%s leaves a series that is alone as it came', gauges => {
    const { main } = scrape(dropPath, lines('# TYPE a gauge', 'a{path="1"} 7 123'), {
      merge: { ...DEFAULT_MERGE, gauges },
    })
    expect(main).toBe(lines('# TYPE a gauge', 'a 7 123'))
  })

  test('an override goes before the type; it looks at the name in the output, and the first counts', () => {
    const overrides = [
      { metrics: compileRegex('new_total'), function: 'max' },
      { metrics: compileRegex('.*'), function: 'min' },
    ] as const
    const rename = {
      source_labels: ['__name__'],
      regex: 'a_total',
      target_label: '__name__',
      replacement: 'new_total',
    }
    const body = lines('a_total{path="1"} 1', 'a_total{path="2"} 2', 'b{path="1"} 1', 'b{path="2"} 2')
    const { main } = scrape([...dropPath, rename], body, { merge: { ...DEFAULT_MERGE, overrides } })
    expect(main).toBe(lines('new_total 2', 'b 1'))
  })
})

describe('NaN is skipped, and counted', () => {
  test.each<[GaugeFunction, (number | string)[], string[], number]>([
    ['sum', [1, 'NaN', 2], ['a 3'], 1],
    ['sum', ['NaN', 1, 2], ['a 3'], 1],
    ['sum', ['NaN', 'NaN', '-0'], ['a -0'], 2],
    ['sum', ['NaN', 'NaN'], ['a NaN'], 2],
    ['sum', ['NaN'], ['a NaN'], 0],
    ['sum', ['+Inf', '-Inf', 1, 'NaN'], ['a NaN'], 1],
    ['max', ['NaN', -1], ['a -1'], 1],
    ['min', [1, 'NaN', 2], ['a 1'], 1],
    ['avg', [1, 'NaN', 2], ['a 1.5'], 1],
    ['count', [1, 'NaN', 2], ['a 2'], 1],
  ])('%s of %j', (gauges, values, expected, nanSamples) => {
    const { out, stats } = merged('a', undefined, values, { gauges })
    expect(out).toEqual(expected)
    expect(stats.main.nanSamples).toBe(nanSamples)
  })
})

test('where rules make series of two kinds one, it merges as the first of them', () => {
  const rename = { source_labels: ['__name__'], regex: 'a|b', target_label: '__name__', replacement: 'x' }
  const body = (first: string, second: string) =>
    lines('# TYPE a gauge', '# TYPE b counter', `${first} 1`, `${second} 2`, `${first}{path="1"} 4`)
  const merge: MergeSettings = { ...DEFAULT_MERGE, gauges: 'max' }
  expect(scrape([...dropPath, rename], body('a', 'b'), { merge }).main).toContain('x 4\n')
  expect(scrape([...dropPath, rename], body('b', 'a'), { merge }).main).toContain('x 7\n')
})
