import { expect, test } from '@jest/globals'
import { printSeries, quoteMetricName } from '../../../proxy/exposition/print.ts'

test.each<[string, [string, string][], string]>([
  ['a:b', [], 'a:b'],
  ['a', [['b', 'c']], 'a{b="c"}'],
  ['a', [['z', '1'], ['b', '2']], 'a{z="1",b="2"}'], // biome-ignore format: one case a line
  ['a', [['b', '\\ " \n żółć']], 'a{b="\\\\ \\" \\n żółć"}'],
  ['a', [['b.c', 'd']], 'a{"b.c"="d"}'],
  ['a', [['b:c', 'd']], 'a{"b:c"="d"}'],
  ['a.b', [], '{"a.b"}'],
  ['a.b', [['c', 'd']], '{"a.b",c="d"}'],
  ['9"', [['"', '']], '{"9\\"","\\""=""}'],
])('%j with %j is %s', (name, labels, expected) => {
  expect(printSeries(name, labels)).toBe(expected)
})

test.each([
  ['a:b', 'a:b'],
  ['a.b', '"a.b"'],
  ['a\nb', '"a\\nb"'],
])('the metric name %j is written %s', (name, expected) => {
  expect(quoteMetricName(name)).toBe(expected)
})
