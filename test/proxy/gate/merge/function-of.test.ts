import { describe, expect, test } from '@jest/globals'
import type { MetricType } from '../../../../proxy/exposition/metadata.ts'
import { mergeFunctionOf } from '../../../../proxy/gate/merge/function-of.ts'
import { DEFAULT_MERGE, type MergeSettings } from '../../../../proxy/gate/merge/settings.ts'
import { compileRegex } from '../../../../proxy/relabel/regex.ts'

interface Case {
  readonly name: string
  readonly family?: string
  readonly type?: MetricType
  readonly hasQuantile?: boolean
  readonly outputName?: string
}

function functionOf(series: Case, settings: Partial<MergeSettings> = {}): string {
  const { name, family = name, type, hasQuantile = false, outputName = name } = series
  return mergeFunctionOf(
    { outputName, inputName: name, familyName: family, type, hasQuantile },
    { ...DEFAULT_MERGE, counters: 'increase', gauges: 'avg', ...settings },
  )
}

describe('counters: increase, gauges: avg', () => {
  test.each<[Case, string]>([
    [{ name: 'a_total', type: 'counter' }, 'increase'],
    [{ name: 'a_total', family: 'a', type: 'counter' }, 'increase'],
    [{ name: 'a_created', family: 'a', type: 'counter' }, 'created'],
    [{ name: 'sessions_created', type: 'counter' }, 'increase'],
    [{ name: 'h_bucket', family: 'h', type: 'histogram' }, 'increase'],
    [{ name: 'h_sum', family: 'h', type: 'histogram' }, 'increase'],
    [{ name: 'h_count', family: 'h', type: 'histogram' }, 'increase'],
    [{ name: 'h_created', family: 'h', type: 'histogram' }, 'created'],
    [{ name: 'h_bucket', family: 'h', type: 'gaugehistogram' }, 'sum'],
    [{ name: 'h_gsum', family: 'h', type: 'gaugehistogram' }, 'sum'],
    [{ name: 'h_gcount', family: 'h', type: 'gaugehistogram' }, 'sum'],
    [{ name: 's', type: 'summary', hasQuantile: true }, 'drop'],
    [{ name: 's', type: 'summary' }, 'avg'],
    [{ name: 's_sum', family: 's', type: 'summary' }, 'increase'],
    [{ name: 's_count', family: 's', type: 'summary' }, 'increase'],
    [{ name: 's_created', family: 's', type: 'summary' }, 'created'],
    [{ name: 'g', type: 'gauge' }, 'avg'],
    [{ name: 'g', type: 'gauge', hasQuantile: true }, 'avg'],
    [{ name: 'g_total', type: 'gauge' }, 'avg'],
    [{ name: 'pod_created', type: 'gauge' }, 'max'],
    [{ name: 'process_start_time_seconds', type: 'gauge' }, 'max'],
    [{ name: 'build_info', family: 'build', type: 'info' }, 'one'],
    [{ name: 'state', type: 'stateset' }, 'max'],
    [{ name: 'a_total' }, 'increase'],
    [{ name: 'a_bucket', type: 'untyped' }, 'increase'],
    [{ name: 'a_sum', type: 'unknown' }, 'increase'],
    [{ name: 'a_count' }, 'increase'],
    [{ name: 'a_created' }, 'max'],
    [{ name: 'process_start_time_seconds', type: 'untyped' }, 'max'],
    [{ name: 'a' }, 'avg'],
    [{ name: 'a_totals', type: 'unknown' }, 'avg'],
  ])('%j: %s', (series, expected) => {
    expect(functionOf(series)).toBe(expected)
  })
})

test('with counters: sum, what says when counters began is the latest of its kind', () => {
  expect(functionOf({ name: 'a_created', family: 'a', type: 'counter' }, { counters: 'sum' })).toBe('max')
  expect(functionOf({ name: 'h_bucket', family: 'h', type: 'histogram' }, { counters: 'sum' })).toBe('sum')
})

describe('an override', () => {
  const overrides = [
    { metrics: compileRegex('.*_ratio|build_info'), function: 'avg' },
    { metrics: compileRegex('.*'), function: 'min' },
  ] as const

  test.each<[string, Case, string]>([
    ['goes before the type', { name: 'build_info', family: 'build', type: 'info' }, 'avg'],
    ['that is the first to match counts', { name: 'cpu_ratio', type: 'gauge' }, 'avg'],
    ['matches whole names', { name: 'cpu_ratio_total', type: 'counter' }, 'min'],
    ['looks at the name in the output', { name: 'old', outputName: 'new_ratio', type: 'gauge' }, 'avg'],
  ])('%s', (_, series, expected) => {
    expect(functionOf(series, { overrides })).toBe(expected)
  })
})
