import { expect, test } from '@jest/globals'
import { leavesTimeFor } from '../../../proxy/server/joining.ts'

const NOW = 5_000

test.each([
  ['more time than one of its own', 2_000, true],
  ['as much', 1_000, true],
  ['a tenth less', 900, true],
  ['still less', 899, false],
  ['none', 0, false],
  ['less than none, since its output is still being read', -1, false],
])('a client joins a scrape with %s: %j ms of 1000: %j', (_, leftMs, joins) =>
  expect(leavesTimeFor(1_000, NOW + leftMs, NOW)).toBe(joins),
)
