import { expect, test } from '@jest/globals'
import {
  type Continuity,
  judgeProcess,
  type KnownProcess,
} from '../../../proxy/aggregate/process-identity.ts'

const NOW_MS = 2_000_000
/** The last complete scrape was at second 1,900, and its process had started at second 1,000. */
const KNOWN: KnownProcess = { format: 'text', startSeconds: 1000, notSeenSinceMs: 1_900_000 }

test.each<[string, Partial<KnownProcess>, number | undefined, Continuity]>([
  ['the same start: the same process', {}, 1000, 'continues'],
  ['a start that is reckoned anew', {}, 1001, 'continues'],
  ['a later start, after the last scrape: a new process', {}, 1901, 'started'],
  ['a later start, before the last scrape: it may have counted elsewhere', {}, 1500, 'unproven'],
  ['an earlier start', {}, 500, 'unproven'],
  ['a start in the future, which is no proof', {}, 2100, 'unproven'],
  ['a start that is no longer told', {}, undefined, 'continues'],
  ['a start that is NaN', {}, Number.NaN, 'unproven'],
  ['a start that was not told before, after the last scrape', { startSeconds: undefined }, 1901, 'started'],
  [
    'a start that was not told before, before the last scrape',
    { startSeconds: undefined },
    1500,
    'continues',
  ],
  ['no start, now or before', { startSeconds: undefined }, undefined, 'continues'],
  ['a clock that is ahead: the same start, after the last scrape', { startSeconds: 1950 }, 1950, 'continues'],
  ['another format', { format: 'openmetrics' }, 1000, 'unproven'],
  ['another format of a new process', { format: 'openmetrics' }, 1901, 'started'],
  ['the first scrape, started while the address was in the list', { format: undefined }, 1901, 'started'],
  ['the first scrape, started before', { format: undefined }, 1899, 'unproven'],
  ['the first scrape, without a start', { format: undefined }, undefined, 'unproven'],
])('%s', (_, known, startSeconds, expected) => {
  expect(judgeProcess({ ...KNOWN, ...known }, { format: 'text', startSeconds }, NOW_MS)).toBe(expected)
})
