import { expect, test } from '@jest/globals'
import type { Condition } from '../../../operator/api/status.ts'
import { gateProblems } from '../../../operator/telemetry/gate-problems.ts'

const cases: { type: string; status: Condition['status']; reason?: string; problem: boolean }[] = [
  { type: 'Ready', status: 'True', problem: false },
  { type: 'Ready', status: 'False', problem: true },
  { type: 'Ready', status: 'Unknown', problem: true },
  { type: 'Stalled', status: 'True', problem: true },
  { type: 'Stalled', status: 'False', problem: false },
  { type: 'Reconciling', status: 'True', problem: false },
  { type: 'MonitorReady', status: 'False', problem: true },
  { type: 'AggregatorReady', status: 'False', problem: true },
  { type: 'DirectScrape', status: 'True', problem: true },
  { type: 'DirectScrape', status: 'False', problem: false },
  { type: 'DirectScrape', status: 'Unknown', problem: false },
  { type: 'RolledOut', status: 'False', reason: 'Blocked', problem: true },
  { type: 'RolledOut', status: 'False', reason: 'Forbidden', problem: true },
  { type: 'RolledOut', status: 'False', reason: 'Restarting', problem: false },
  { type: 'RolledOut', status: 'False', reason: 'Waiting', problem: false },
  { type: 'OfSomebodyElse', status: 'False', problem: false },
]

test.each(cases)('$type $status ($reason): a problem: $problem', ({ problem, reason = 'Any', ...of }) => {
  const condition = { ...of, reason, message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }
  expect(gateProblems({ conditions: [condition] })).toEqual(problem ? [condition] : [])
})

test('a gate without a status has no problems yet', () => {
  expect(gateProblems({})).toEqual([])
})
