import { expect, test } from '@jest/globals'
import { parseStat, parseStatus } from '../../bench/process-usage.ts'

const FIELDS_AFTER_NAME = 'S 1 7 7 0 -1 4194560 900 0 0 0 120 30 7 3 20 0 11 0 5000 1 2 3'

test.each(['node', 'a) (b', 'with space', ')'])('CPU times are found behind the name %s', name => {
  expect(parseStat(`42 (${name}) ${FIELDS_AFTER_NAME}\n`)).toEqual({ ownMs: 1500, endedChildrenMs: 100 })
})

test('memory is read by name, in bytes', () => {
  const text =
    'Name:\tnode\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\nRssAnon:\t     512 kB\nRssFile:\t 512 kB\n'
  expect(parseStatus(text)).toEqual({
    peakBytes: 2_097_152,
    residentBytes: 1_048_576,
    anonymousBytes: 524_288,
  })
})

test('what is not there is named', () => {
  expect(() => parseStatus('Name:\tkthreadd\n')).toThrow('/proc/<pid>/status has no VmHWM')
})
