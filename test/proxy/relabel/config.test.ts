import { describe, expect, test } from '@jest/globals'
import {
  parseRelabelConfigs,
  RelabelConfigError,
  relabelConfigSchema,
} from '../../../proxy/relabel/config.ts'

const parseOne = (rule: unknown) => parseRelabelConfigs([rule], 'rules')[0]

const DEFAULTS = {
  action: 'replace',
  sourceLabels: [],
  separator: ';',
  targetLabel: 'x',
  regex: '(.*)',
  modulus: 0n,
  replacement: '$1',
}

describe('a rule that is accepted', () => {
  test('has the defaults of Prometheus for what it leaves out', () => {
    expect(parseOne({ target_label: 'x' })).toEqual(DEFAULTS)
  })

  test('may use the snake_case keys of Prometheus', () => {
    const rule = { source_labels: ['a', 'b'], separator: '', target_label: 'x', regex: 'r', replacement: '' }
    expect(parseOne(rule)).toEqual({
      ...DEFAULTS,
      sourceLabels: ['a', 'b'],
      separator: '',
      regex: 'r',
      replacement: '',
    })
  })

  test('may use the camelCase keys of a ServiceMonitor', () => {
    const rule = { sourceLabels: ['a'], targetLabel: 'x' }
    expect(parseOne(rule)).toEqual({ ...DEFAULTS, sourceLabels: ['a'] })
  })

  test.each([
    ['keep', 'keep'],
    ['KEEP', 'keep'],
    ['LabelDrop', 'labeldrop'],
    ['\u212Aeep', 'keep'], // The Kelvin sign is a k in lower case.
  ])('may write its action in any letter case: %s', (action, normalised) => {
    expect(parseOne({ action })).toMatchObject({ action: normalised })
  })

  test.each([
    ['left out', {}, '(.*)'],
    ['null', { regex: null }, ''],
    ['empty', { regex: '' }, ''],
  ])('matches %j when the regex is %s', (_, given, regex) => {
    expect(parseOne({ target_label: 'x', ...given })).toMatchObject({ regex })
  })

  test.each([
    [{ regex: 404 }, { regex: '404' }],
    [{ regex: true }, { regex: 'true' }],
    [{ replacement: 1 }, { replacement: '1' }],
    [{ replacement: false }, { replacement: 'false' }],
    [{ replacement: null }, { replacement: '' }],
    [{ separator: 0 }, { separator: '0' }],
    [{ separator: null }, { separator: '' }],
    [{ source_labels: [404, null] }, { sourceLabels: ['404', ''] }],
    [{ source_labels: null }, { sourceLabels: [] }],
  ])('takes a number, a boolean or null where text belongs: %j', (given, read) => {
    expect(parseOne({ target_label: 'x', ...given })).toMatchObject(read)
  })

  test.each([
    [1, 1n],
    [4294967296, 4294967296n],
    [18446744073709551615n, 18446744073709551615n],
    ['18446744073709551613', 18446744073709551613n],
    // What JSON.parse makes of 18446744073709551615.
    [2 ** 64, 18446744073709551615n],
  ])('has a modulus of 64 bits: %s', (modulus, read) => {
    expect(parseOne({ action: 'hashmod', target_label: 'x', modulus })).toMatchObject({ modulus: read })
  })

  test('stands in a list that may be absent', () => {
    expect([null, undefined, []].map(input => parseRelabelConfigs(input, 'rules'))).toEqual([[], [], []])
  })
})

describe('a rule that is refused', () => {
  const messageFor = (input: unknown): string => {
    try {
      parseRelabelConfigs(input, 'metric_relabel_configs')
    } catch (error) {
      if (error instanceof RelabelConfigError) return error.message
      throw error
    }
    throw new Error('it was accepted')
  }
  const ok = { target_label: 'x' }

  test.each([
    [{ a: 1 }, 'metric_relabel_configs: expected a list of relabel configs, got a map'],
    ['x', 'metric_relabel_configs: expected a list of relabel configs, got the string x'],
    [[ok, null], 'metric_relabel_configs[1]: expected a relabel config (a map), got null'],
    [[ok, ['x']], 'metric_relabel_configs[1]: expected a relabel config (a map), got a list'],
    [[{ action: 'nope' }], 'metric_relabel_configs[0].action: unknown relabel action "nope"'],
    [[{ action: 'a"\n' }], 'metric_relabel_configs[0].action: unknown relabel action "a\\"\\n"'],
    [[{ action: '' }], 'metric_relabel_configs[0].action: unknown relabel action ""'],
    [[{ action: null }], 'metric_relabel_configs[0].action: relabel action cannot be empty'],
    [[{ action: ['keep'] }], 'metric_relabel_configs[0].action: expected a string, got a list'],
    [[{ regex: {} }], 'metric_relabel_configs[0].regex: expected a string, got a map'],
    [
      [{ source_labels: 'a' }],
      'metric_relabel_configs[0].source_labels: expected a list of label names, got the string a',
    ],
    [
      [{ source_labels: ['a', ''] }],
      'metric_relabel_configs[0].source_labels[1]: "" is not a valid label name',
    ],
    [
      [{ source_labels: ['\ud800'] }],
      'metric_relabel_configs[0].source_labels[0]: "\\ud800" is not a valid label name',
    ],
    [
      [{ target_label: 'x', targetLabel: 'x' }],
      'metric_relabel_configs[0].targetLabel: targetLabel is another spelling of target_label: give one of them',
    ],
    [
      [{ foo: 1 }],
      'metric_relabel_configs[0]: unknown field "foo"; a relabel config has action, source_labels, separator, target_label, regex, modulus, replacement',
    ],
  ])('is named with what would be right: %j', (input, message) => {
    expect(messageFor(input)).toBe(message)
  })

  test.each([
    [-1, '-1'],
    [8.5, '8.5'],
    [true, 'the boolean true'],
    ['0x10', '0x10'],
    [18446744073709551616n, '18446744073709551616'],
    [2 ** 60, '1152921504606847000 (put it in quotes)'],
  ])('has a modulus that is not a whole number of 64 bits: %s', (modulus, shown) => {
    expect(messageFor([{ action: 'hashmod', target_label: 'x', modulus }])).toBe(
      `metric_relabel_configs[0].modulus: expected a whole number from 0 to 18446744073709551615, got ${shown}`,
    )
  })

  test.each(['[', 'a**', '(?=a)', '\\1', '\\C', '(', 'a)', '(?<=a)b', '\ud800', 'x{1001}'])(
    'has a regex that is not RE2: %s',
    regex => {
      expect(messageFor([ok, { ...ok, regex }])).toMatch(
        /^metric_relabel_configs\[1\]\.regex: error parsing regexp: /,
      )
    },
  )

  test.each([
    ['of two fields, the first written: action', { action: 'nope', regex: '[' }, /unknown relabel action/],
    ['of two fields, the first written: regex', { regex: '[', action: 'nope' }, /error parsing regexp/],
    ['what cannot be read before an unknown field', { foo: 1, regex: '[' }, /error parsing regexp/],
  ])('is reported by one problem: %s', (_, rule, message) => {
    expect(messageFor([rule])).toMatch(message)
  })

  test('that cannot be read is reported before an earlier one that can be, but is not valid', () => {
    const lacksTarget = { action: 'replace' }
    expect(messageFor([lacksTarget, { ...ok, regex: '[' }])).toMatch(/^metric_relabel_configs\[1\]/)
    expect(messageFor([lacksTarget, ok])).toMatch(/^metric_relabel_configs\[0\]/)
  })

  test('is named by the key that the user writes', () => {
    expect(messageFor([{ sourceLabels: ['a'] }])).toMatch(/^metric_relabel_configs\[0\]\.targetLabel: /)
    expect(messageFor([{ source_labels: ['a'] }])).toMatch(/^metric_relabel_configs\[0\]\.target_label: /)
  })

  test('gives a program the path and the reason apart', () => {
    const parse = () => parseRelabelConfigs([{ action: 'nope' }], 'rules')
    expect(parse).toThrow(
      expect.objectContaining({
        code: 'E_RELABEL_CONFIG',
        path: 'rules[0].action',
        reason: 'unknown relabel action "nope"',
      }),
    )
  })
})

test('the schema can be part of a larger one: its issues carry path and text', () => {
  const result = relabelConfigSchema.safeParse({ action: 'labelmap', replacement: '' })
  expect(result.error?.issues).toMatchObject([
    { path: ['replacement'], message: `"" is invalid 'replacement' for labelmap action` },
  ])
})
