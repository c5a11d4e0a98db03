import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileRelabeling } from '../../../proxy/relabel/compile.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'

const compile = (rules: unknown[]) => compileRelabeling(parseRelabelConfigs(rules, 'rules'))

test.each([
  [[], true, true],
  [[{ action: 'keep', source_labels: ['__name__'], regex: 'a' }], true, true],
  [[{ action: 'drop', source_labels: ['__name__', 'path'] }], true, false],
  [[{ action: 'keepequal', source_labels: ['a'], target_label: 'b' }], true, false],
  [[{ action: 'dropequal', source_labels: ['__name__'], target_label: '__name__' }], true, true],
  [[{ action: 'keep' }, { action: 'labeldrop', regex: 'a' }], false, true],
  [[{ action: 'labelkeep', regex: 'a' }], false, true],
  [[{ action: 'labelmap' }], false, false],
  [[{ target_label: 'a', replacement: 'b' }], false, false],
  [[{ action: 'lowercase', source_labels: ['__name__'], target_label: 'a' }], false, false],
  [[{ action: 'hashmod', modulus: 2, target_label: 'a' }], false, false],
])('%j only keeps and drops: %s; reads only names: %s', (rules, keepsAndDrops, namesOnly) => {
  const { onlyKeepsAndDrops, readsOnlyNames } = compile(rules)
  expect({ onlyKeepsAndDrops, readsOnlyNames }).toEqual({
    onlyKeepsAndDrops: keepsAndDrops,
    readsOnlyNames: namesOnly,
  })
})

const label = fc.constantFrom('__name__', 'a', 'b', 'c')
const value = fc.constantFrom('a', 'b', 'ab', 'abc')
const labels = fc.array(fc.tuple(label, value)).map(entries => new Map(entries))
const regex = fc.constantFrom('a', 'b|c', 'a.*', '.*b', '__name__|a', '(.*)')
const sources = fc.array(label, { maxLength: 2 })
const rule = fc.oneof(
  fc.record({ action: fc.constantFrom('keep', 'drop'), source_labels: sources, regex }),
  fc.record({
    action: fc.constantFrom('keepequal', 'dropequal'),
    source_labels: sources,
    target_label: label,
  }),
  fc.record({ action: fc.constantFrom('labeldrop', 'labelkeep'), regex }),
  fc.record({ action: fc.constant('labelmap'), regex, replacement: fc.constantFrom('x', '__name__') }),
  fc.record({ action: fc.constant('replace'), source_labels: sources, regex, target_label: label }),
)
const program = fc.array(rule, { maxLength: 2 }).map(compile)

test('a program that only keeps and drops leaves the labels as they were', () => {
  fc.assert(
    fc.property(program, labels, ({ onlyKeepsAndDrops, apply }, series) => {
      fc.pre(onlyKeepsAndDrops)
      const before = [...series]
      apply(series)
      expect([...series]).toEqual(before)
    }),
  )
})

test('a program that reads only names decides alike whatever the values, and changes none', () => {
  fc.assert(
    fc.property(program, labels, fc.array(value), ({ readsOnlyNames, apply }, series, values) => {
      fc.pre(readsOnlyNames)
      const other = new Map(
        [...series].map(([name, text], i) => [name, name === '__name__' ? text : (values[i] ?? 'other')]),
      )
      const before = new Map(series)
      expect(apply(other)).toBe(apply(series))
      expect([...other.keys()]).toEqual([...series.keys()])
      for (const [name, text] of series) expect(text).toBe(before.get(name))
    }),
  )
})
