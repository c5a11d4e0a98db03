import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { MetricGateStatus } from '../../../operator/api/metricgate.ts'
import { statusEvents } from '../../../operator/events/transitions.ts'

type Condition = NonNullable<MetricGateStatus['conditions']>[number]

function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  message = 'a sentence',
): Condition {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' }
}

const STATES = ['Ready', 'Reconciling', 'Stalled'] as const
type State = (typeof STATES)[number]

/** A status in which one of the three conditions of kstatus is true. */
function inState(state: State, reason: string, more: Partial<MetricGateStatus> = {}): MetricGateStatus {
  const conditions = STATES.map(type => condition(type, type === state ? 'True' : 'False', reason))
  return { ...more, conditions: [...conditions, ...(more.conditions ?? [])] }
}

function pods(counts: Partial<NonNullable<MetricGateStatus['pods']>>): MetricGateStatus {
  return { pods: { matched: 3, injected: 3, missed: 0, outdated: 0, ...counts } }
}

const ready = inState('Ready', 'Reconciled')
const aggregator = (status: 'True' | 'False', reason: string) => ({
  conditions: [condition('AggregatorReady', status, reason)],
})
const rollout = (reason: string, message = 'x') => ({
  conditions: [condition('RolledOut', reason === 'UpToDate' ? 'True' : 'False', reason, message)],
})

const scraped = (status: Condition['status'], reason: string) => ({
  conditions: [condition('DirectScrape', status, reason)],
})

const cases: { of: string; before: MetricGateStatus; after: MetricGateStatus; told: string[] }[] = [
  { of: 'a gate is Ready for the first time', before: {}, after: ready, told: ['Normal Reconciled'] },
  { of: 'a gate stalls', before: ready, after: inState('Stalled', 'Invalid'), told: ['Warning Invalid'] },
  {
    of: 'a gate waits for a retry',
    before: ready,
    after: inState('Reconciling', 'Retrying'),
    told: ['Warning Retrying'],
  },
  { of: 'a gate recovers', before: inState('Stalled', 'Invalid'), after: ready, told: ['Normal Reconciled'] },
  {
    of: 'an aggregator is being made: the gate and its aggregator say the same, once',
    before: {},
    after: inState('Reconciling', 'AggregatorProgressing', aggregator('False', 'AggregatorProgressing')),
    told: ['Normal AggregatorProgressing'],
  },
  {
    of: 'an aggregator is lost',
    before: aggregator('True', 'Available'),
    after: aggregator('False', 'AggregatorProgressing'),
    told: ['Warning AggregatorProgressing'],
  },
  {
    of: 'pods have missed injection',
    before: pods({}),
    after: pods({ missed: 1 }),
    told: ['Warning PodsMissedInjection'],
  },
  { of: 'more pods have', before: pods({ missed: 1 }), after: pods({ missed: 2 }), told: [] },
  { of: 'none have any more', before: pods({ missed: 1 }), after: pods({}), told: [] },
  {
    of: 'sidecars are outdated',
    before: pods({}),
    after: pods({ outdated: 3 }),
    told: ['Warning PodsOutdated'],
  },
  { of: 'nothing can be restarted', before: {}, after: rollout('Blocked'), told: ['Warning RolloutSkipped'] },
  {
    of: 'nothing may be',
    before: rollout('Waiting'),
    after: rollout('Forbidden'),
    told: ['Warning RolloutSkipped'],
  },
  {
    of: 'another workload cannot be',
    before: rollout('Blocked', 'a'),
    after: rollout('Blocked', 'a; b'),
    told: ['Warning RolloutSkipped'],
  },
  { of: 'nothing scrapes past a new gate', before: {}, after: scraped('False', 'NoneFound'), told: [] },
  {
    of: 'something scrapes past a new gate',
    before: {},
    after: scraped('True', 'PodMonitor'),
    told: ['Warning DirectScrape'],
  },
  {
    of: 'something begins to',
    before: scraped('False', 'NoneFound'),
    after: scraped('True', 'PodMonitor'),
    told: ['Warning DirectScrape'],
  },
  {
    of: 'something else does, too',
    before: scraped('True', 'PodMonitor'),
    after: scraped('True', 'Several'),
    told: [],
  },
  {
    of: 'nothing does any more',
    before: scraped('True', 'Several'),
    after: scraped('False', 'NoneFound'),
    told: ['Normal NoDirectScrape'],
  },
  {
    of: 'pods are scraped twice',
    before: scraped('False', 'NoneFound'),
    after: scraped('False', 'ScrapedTwice'),
    told: ['Normal ScrapedTwice'],
  },
  {
    of: 'pods cannot be read',
    before: scraped('False', 'NoneFound'),
    after: scraped('Unknown', 'PortUnknown'),
    told: [],
  },
  { of: 'a restart goes on', before: rollout('Waiting'), after: rollout('Restarting'), told: [] },
]

test.each(cases)('$of: $told', ({ before, after, told }) => {
  expect(statusEvents(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(told)
})

const anyStatus = fc
  .record({
    state: fc.constantFrom(...STATES),
    reason: fc.constantFrom('A', 'B'),
    aggregator: fc.constantFrom('True' as const, 'False' as const),
    rollout: fc.constantFrom('UpToDate', 'Blocked', 'Forbidden', 'Waiting'),
    scrape: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
    missed: fc.nat(2),
    outdated: fc.nat(2),
  })
  .map(({ state, reason, aggregator: status, rollout: why, scrape, missed, outdated }) => {
    const others = [aggregator(status, 'A'), rollout(why), scraped(scrape, reason)]
    const conditions = others.flatMap(other => other.conditions)
    return inState(state, reason, { ...pods({ missed, outdated }), conditions })
  })

describe('whatever the status', () => {
  test('nothing is told when it stays', () => {
    fc.assert(fc.property(anyStatus, status => expect(statusEvents(status, status)).toEqual([])))
  })

  test('nothing is told twice', () => {
    fc.assert(
      fc.property(anyStatus, anyStatus, (before, after) => {
        const told = statusEvents(before, after).map(({ reason, note }) => `${reason} ${note}`)
        expect(new Set(told).size).toBe(told.length)
      }),
    )
  })
})
