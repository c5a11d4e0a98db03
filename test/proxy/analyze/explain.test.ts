import { expect, test } from '@jest/globals'
import { explainRules, readSeries } from '../../../proxy/analyze/explain.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'

function explain(series: string, rules: readonly object[]) {
  const { steps, result } = explainRules(readSeries(series), parseRelabelConfigs(rules, 'rules'))
  return { steps: steps.map(step => [step.effect, step.series]), result }
}

test('each rule tells what it did, and to what', () => {
  const rules = [
    { action: 'labeldrop', regex: 'path' },
    { action: 'drop', source_labels: ['code'], regex: '5..' },
    { target_label: 'team', replacement: 'web' },
  ]
  expect(explain('requests{path="/",code="200"}', rules)).toEqual({
    steps: [
      ['changed', 'requests{code="200"}'],
      ['kept', 'requests{code="200"}'],
      ['changed', 'requests{code="200",team="web"}'],
    ],
    result: 'requests{code="200",team="web"}',
  })
})

test('rules after the one that drops a series do not run', () => {
  const rules = [
    { action: 'drop', source_labels: ['code'], regex: '5..' },
    { action: 'labeldrop', regex: 'code' },
  ]
  expect(explain('requests{code="500"}', rules)).toEqual({
    steps: [['dropped', 'requests{code="500"}']],
    result: undefined,
  })
})

test('a series without a name does not come out', () => {
  expect(explain('requests{code="500"}', [{ action: 'labelkeep', regex: 'code' }])).toEqual({
    steps: [['changed', '(without a name) {code="500"}']],
    result: undefined,
  })
})

test.each(['up', ' up ', 'up{}', '{"up"}'])('%j is a series', text =>
  expect(Object.fromEntries(readSeries(text))).toEqual({ __name__: 'up' }),
)

test.each([
  ['', 'expected a metric name or {'],
  ['up{a=b}', 'expected a label'],
  ['up 1', 'expected a series alone, found "1" after it'],
])('%j is none', (text, reason) => expect(() => readSeries(text)).toThrow(reason))
