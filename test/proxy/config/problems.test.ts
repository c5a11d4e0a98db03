import { expect, test } from '@jest/globals'
import { formatPath, nearest } from '../../../proxy/config/problems.ts'

const KEYS = [
  'listen_address',
  'listen_port',
  'upstream_url',
  'metrics_url',
  'max_input_bytes_per_scrape',
  'subsets',
]

test.each([
  ['upstream_ur', 'upstream_url'],
  ['listenPort', 'listen_port'],
  ['listen-port', 'listen_port'],
  ['subset', 'subsets'],
  ['max_input_bytes', 'max_input_bytes_per_scrape'],
])('%s probably means %s', (word, meant) => expect(nearest(word, KEYS)).toBe(meant))

test.each(['replicas', 'x', ''])('%j is like none of them', word =>
  expect(nearest(word, KEYS)).toBeUndefined(),
)

test('paths are written as in JavaScript', () =>
  expect(formatPath(['subsets', 0, 'metric_relabel_configs', 12, 'regex'])).toBe(
    'subsets[0].metric_relabel_configs[12].regex',
  ))
