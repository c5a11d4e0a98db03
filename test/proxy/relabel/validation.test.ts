// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacement templates look like this.
import { expect, test } from '@jest/globals'
import type { Action } from '../../../proxy/relabel/scalars.ts'
import { DEFAULTS, type RelabelFields, validateRelabelFields } from '../../../proxy/relabel/validation.ts'

const NOTHING_GIVEN = { regex: false, sourceLabels: false }

const reasonFor = (fields: Partial<RelabelFields>, given: Partial<typeof NOTHING_GIVEN> = {}) =>
  validateRelabelFields({ ...DEFAULTS, ...fields }, { ...NOTHING_GIVEN, ...given })?.reason

const NEED_TARGET: Action[] = ['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal']
const LONE_SURROGATE = '\udc00'

test.each<Partial<RelabelFields>>([
  { action: 'keep' },
  { action: 'drop', separator: '', replacement: '', modulus: 3n, targetLabel: 'ignored' },
  { action: 'replace', targetLabel: 'a b' },
  { action: 'replace', targetLabel: '${1}_x', replacement: '' },
  { action: 'hashmod', targetLabel: 'x', modulus: 1n },
  { action: 'lowercase', targetLabel: 'x', separator: '' },
  { action: 'keepequal', targetLabel: 'x', sourceLabels: ['a'] },
  { action: 'labelmap', sourceLabels: ['ignored'] },
  { action: 'labeldrop', regex: 'a' },
])('accepts %o', fields => {
  expect(reasonFor(fields)).toBeUndefined()
})

test('an action is needed', () => {
  expect(reasonFor({ action: '' })).toBe('relabel action cannot be empty')
})

test('hashmod needs a modulus, which is checked before its target', () => {
  const reason = 'relabel configuration for hashmod requires non-zero modulus'
  expect(reasonFor({ action: 'hashmod', targetLabel: '' })).toBe(reason)
})

test.each(NEED_TARGET)('%s needs a target label', action => {
  expect(reasonFor({ action, modulus: 1n })).toBe(
    `relabel configuration for ${action} action requires 'target_label' value`,
  )
})

test.each(NEED_TARGET)('%s needs a target label that is a valid name', action => {
  expect(reasonFor({ action, modulus: 1n, targetLabel: LONE_SURROGATE })).toBe(
    `"\\udc00" is invalid 'target_label' for ${action} action`,
  )
})

test.each<Action>(['lowercase', 'uppercase', 'keepequal', 'dropequal'])('%s has no replacement', action => {
  expect(reasonFor({ action, targetLabel: 'x', replacement: '' })).toBe(
    `'replacement' can not be set for ${action} action`,
  )
})

test.each(['', LONE_SURROGATE])('labelmap refuses a replacement that cannot be a name: %j', replacement => {
  expect(reasonFor({ action: 'labelmap', replacement })).toMatch(
    /^".*" is invalid 'replacement' for labelmap action$/,
  )
})

test.each<[Action, Partial<RelabelFields>, Partial<typeof NOTHING_GIVEN>]>([
  ['keepequal', { modulus: 1n }, {}],
  ['keepequal', { separator: '' }, {}],
  ['dropequal', {}, { regex: true }], // The default regex too, when it is written out.
])('%s has nothing but source and target labels: %o %o', (action, fields, given) => {
  expect(reasonFor({ action, targetLabel: 'x', ...fields }, given)).toBe(
    `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`,
  )
})

test.each<[Action, Partial<RelabelFields>, Partial<typeof NOTHING_GIVEN>]>([
  ['labeldrop', {}, { sourceLabels: true }], // An empty list too.
  ['labelkeep', { targetLabel: 'x' }, {}],
  ['labeldrop', { modulus: 1n }, {}],
  ['labelkeep', { separator: '' }, {}],
  ['labeldrop', { replacement: '' }, {}],
])('%s has nothing but a regex: %o %o', (action, fields, given) => {
  expect(reasonFor({ action, ...fields }, given)).toBe(
    `${action} action requires only 'regex', and no other fields`,
  )
})

test.each<Partial<RelabelFields>>([{ separator: LONE_SURROGATE }, { replacement: LONE_SURROGATE }])(
  'text has to be valid Unicode: %o',
  fields => {
    expect(reasonFor({ targetLabel: 'x', ...fields })).toBe(
      '"\\udc00" is not valid Unicode: it has a lone surrogate',
    )
  },
)
