import { expect, test } from '@jest/globals'
import { compileRelabeling } from '../../../proxy/relabel/compile.ts'
import { parseRelabelConfigs } from '../../../proxy/relabel/config.ts'

const warningsOf = (...rules: unknown[]) =>
  compileRelabeling(parseRelabelConfigs(rules, 'metric_relabel_configs')).warnings

test.each([
  [
    { action: 'drop', source_labels: ['__name__', 'job'] },
    /^\[0\]: drop reads job, which Prometheus adds only after this/,
  ],
  [{ action: 'keepequal', source_labels: ['a'], target_label: 'pod' }, /^\[0\]: keepequal reads pod, /],
  [{ action: 'labeldrop', regex: 'a|instance' }, /^\[0\]: labeldrop removes instance, /],
  [{ action: 'labelmap', regex: 'namespace', replacement: 'ns' }, /^\[0\]: labelmap reads namespace, /],
  [{ source_labels: ['exported_pod'], target_label: 'x' }, /the label is still pod$/],
  [
    { target_label: 'pod', replacement: 'x' },
    /^\[0\]: replace writes pod, .* exported_pod unless honor_labels is set/,
  ],
  [{ action: 'hashmod', modulus: 2, target_label: 'instance' }, /^\[0\]: hashmod writes instance, /],
  [
    { action: 'labeldrop', regex: '__.*' },
    /^\[0\]: labeldrop removes __name__, .* exclude it from the regex$/,
  ],
  [
    { action: 'labelkeep', regex: 'le|quantile' },
    /^\[0\]: labelkeep removes __name__, .* add __name__\| to the regex$/,
  ],
  [{ target_label: '__name__', replacement: '' }, /^\[0\]: replace removes __name__, .* give a replacement$/],
  [{ action: 'labeldrop', regex: 'l.*' }, /^\[0\]: labeldrop removes le: the buckets/],
  [{ action: 'labelkeep', regex: '__name__|le' }, /^\[0\]: labelkeep removes quantile: the quantiles/],
  [{ target_label: 'le', replacement: '' }, /^\[0\]: replace removes le: /],
  [{ source_labels: ['a'], target_label: 'quantile' }, /^\[0\]: replace changes quantile: /],
])('%j is warned about, once', (rule, warning) => {
  expect(warningsOf(rule)).toEqual([expect.stringMatching(warning)])
})

test.each([
  [{ action: 'keep', source_labels: ['__name__'], regex: 'a' }],
  [{ action: 'labeldrop', regex: 'path' }],
  [{ action: 'labelkeep', regex: '__name__|le|quantile|job|instance' }],
  [{ action: 'labelmap', regex: 'exported_(.+)' }],
  [{ source_labels: ['__name__'], target_label: '__name__', regex: 'a_(.*)' }],
])('%j is not', rule => {
  expect(warningsOf(rule)).toEqual([])
})

test('a label that an earlier rule wrote can be read', () => {
  const write = { source_labels: ['ns'], target_label: 'namespace' }
  const read = { action: 'drop', source_labels: ['namespace'], regex: 'x' }
  expect(warningsOf(write, read)).toEqual([expect.stringMatching(/^\[0\]: replace writes namespace/)])
})

test('a warning names its rule', () => {
  const quiet = { action: 'labeldrop', regex: 'path' }
  expect(warningsOf(quiet, { action: 'labeldrop', regex: 'le' })).toEqual([expect.stringMatching(/^\[1\]: /)])
})
