import { expect, test } from '@jest/globals'
import { identityOf, type PolicyReading } from '../../../../proxy/policy/policy.ts'
import { parsePolicyText, readPolicies } from '../../../../proxy/policy/schema/document.ts'

const read = (text: string): readonly PolicyReading[] =>
  readPolicies('policies', parsePolicyText('policies', text))

const YAML = `
policies:
  - id: drop-debug
    name: Drop debug metrics
    metric:
      match:
        - metric_field: name
          regex: ^debug\\.
        - datapoint_attribute: value
          gt: 9007199254740993
      keep: false
`

test('YAML and JSON say the same', () => {
  const json = JSON.stringify({
    policies: [
      {
        id: 'drop-debug',
        name: 'Drop debug metrics',
        metric: {
          match: [
            { metric_field: 'name', regex: '^debug\\.' },
            { datapoint_attribute: 'value', gt: { intValue: '9007199254740993' } },
          ],
          keep: false,
        },
      },
    ],
  })
  expect(read(YAML)).toEqual(read(json))
})

test('integers keep all their digits, in YAML as in JSON', () => {
  expect(parsePolicyText('policies', '{"a": [9007199254740993, 1, 1.5]}')).toEqual({
    a: [9007199254740993n, 1, 1.5],
  })
  expect(parsePolicyText('policies', 'a: 9007199254740993')).toEqual({ a: 9007199254740993n })
})

test.each([
  ['a list', '[{"id": "a"}, {"id": "b"}]', ['a', 'b']],
  ['one policy', '{"id": "a"}', ['a']],
  ['policies under their key', '{"policies": [{"id": "a"}]}', ['a']],
  ['no policies', '{"policies": []}', []],
  ['nothing', '{}', []],
])('a document can be %s', (_, text, ids) => {
  expect(read(text).map(reading => identityOf(reading).id)).toEqual(ids)
})

test('one invalid policy leaves the others as they are', () => {
  const readings = read(`
- { id: a, name: a, metric: { match: [{ metric_type: gauge }], keep: false } }
- { id: b, name: b, metric: { match: [{ metric_type: gouge }], keep: false } }
- { id: c, name: c, metric: { match: [{ metric_type: sum }], keep: false } }`)
  expect(readings.map(({ kind }) => kind)).toEqual(['metric', 'invalid', 'metric'])
})

test.each([
  ['no list', '{"policies": 7}', 'policies: expected policies: and a list of policies'],
  ['text', 'hello', 'policies: expected policies: and a list of policies'],
  ['broken YAML', 'a: [', /^policies: Flow sequence/],
  ['broken JSON', '{"a": ', /^policies: Flow map/],
  ['aliases that explode', aliases(), /^policies: Excessive alias count/],
  [
    'many large regular expressions',
    JSON.stringify(regexes(30)),
    'policies: the regular expressions are too large in all',
  ],
  [
    'too many policies',
    JSON.stringify(new Array(10_001).fill({})),
    'policies: 10001 policies, more than 10000',
  ],
])('%s is refused', (_, text, message) => {
  expect(() => read(text)).toThrow(message)
})

/** Ten levels of ten references each. */
function aliases(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const references = new Array(10).fill(`*a${level}`).join(', ')
    return `a${level + 1}: &a${level + 1} [${references}]`
  })
  return ['a0: &a0 x', ...levels].join('\n')
}

/** Policies whose regular expressions have 19,000 units each. */
function regexes(count: number) {
  const match = [{ metric_field: 'name', regex: `${'x'.repeat(13)}{1000}` }]
  return new Array(count).fill({ id: 'a', name: 'a', metric: { match, keep: false } })
}
