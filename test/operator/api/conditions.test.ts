import { describe, expect, test } from '@jest/globals'
import { type ConditionState, kstatusConditions, mergeConditions } from '../../../operator/api/conditions.ts'
import type { Condition } from '../../../operator/api/metricgate.ts'

const NOON = new Date('2026-11-24T12:00:00.750Z')
const LATER = new Date('2026-11-24T12:05:00Z')
const CAUSE = { reason: 'Applied', message: 'All objects are in place' }

function ready(status: Condition['status'], message = 'so it is'): ConditionState {
  return { type: 'Ready', status, reason: 'Reason', message }
}

describe('the conditions of kstatus', () => {
  test.each(['Ready', 'Reconciling', 'Stalled'] as const)(
    '%s: it is True and the others are False',
    state => {
      const conditions = kstatusConditions(state, CAUSE)
      expect(conditions.map(({ type }) => type)).toEqual(['Ready', 'Reconciling', 'Stalled'])
      expect(conditions.filter(({ status }) => status === 'True').map(({ type }) => type)).toEqual([state])
      expect(
        conditions.every(({ reason, message }) => reason === 'Applied' && message === CAUSE.message),
      ).toBe(true)
    },
  )
})

describe('merging conditions', () => {
  test('a new condition has the time at which it came, in whole seconds', () => {
    expect(mergeConditions([], [ready('True')], 3, NOON)).toEqual([
      { ...ready('True'), observedGeneration: 3, lastTransitionTime: '2026-11-24T12:00:00Z' },
    ])
  })

  test('its time stays while only reason, message and generation change', () => {
    const before = mergeConditions([], [ready('True')], 3, NOON)
    const [after] = mergeConditions(before, [ready('True', 'another message')], 4, LATER)
    expect(after).toMatchObject({
      message: 'another message',
      observedGeneration: 4,
      lastTransitionTime: '2026-11-24T12:00:00Z',
    })
  })

  test('its time moves when its status changes', () => {
    const before = mergeConditions([], [ready('True')], 3, NOON)
    const [after] = mergeConditions(before, [ready('False')], 3, LATER)
    expect(after?.lastTransitionTime).toBe('2026-11-24T12:05:00Z')
  })

  test('conditions of other types stay as they are', () => {
    const foreign = { ...ready('Unknown'), type: 'Audited', lastTransitionTime: '2026-01-01T00:00:00Z' }
    expect(mergeConditions([foreign], [ready('True')], 1, NOON)).toContainEqual(foreign)
  })

  test('the order does not depend on the order in which they came', () => {
    const states = kstatusConditions('Ready', CAUSE)
    const forward = mergeConditions([], states, 1, NOON)
    expect(mergeConditions([...forward].reverse(), [...states].reverse(), 1, LATER)).toEqual(forward)
  })
})
