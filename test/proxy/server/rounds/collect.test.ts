import { beforeEach, expect, test } from '@jest/globals'
import type { Round } from '../../../../proxy/aggregate/aggregator.ts'
import { collectTargets } from '../../../../proxy/server/rounds/collect.ts'
import { UpstreamError } from '../../../../proxy/upstream/errors.ts'
import type { Target } from '../../../../proxy/upstream/target-pool.ts'

const COLLECTING = {
  request: { headers: {}, query: '' },
  now: () => 0,
  deadlineAtMs: 60_000,
  filter: undefined,
}

/** What happened, in order. */
let events: string[]

beforeEach(() => {
  events = []
})

/** A round to which no exposition comes. */
const round: Round = {
  open: target => {
    throw new Error(`an exposition of ${target} came`)
  },
  fail: target => events.push(`${target} failed`),
  finish: () => {
    throw new Error('the round was finished')
  },
  abort: () => events.push('aborted'),
}

/** A target that cannot be reached. */
function target(id: string, error: unknown = new UpstreamError('E_UPSTREAM_CONNECT', `no ${id}`)): Target {
  const open = async (): Promise<never> => {
    events.push(`${id} asked`)
    throw error
  }
  return { id, upstream: { url: `http://${id}/`, open, close: async () => undefined } }
}

test('targets that failed in the last round are asked last, and come in the order of all', async () => {
  const targets = ['a', 'b', 'c'].map(id => target(id))
  const collected = await collectTargets(round, targets, new Set(['a']), COLLECTING)
  expect(events.filter(event => event.endsWith('asked'))).toEqual(['b asked', 'c asked', 'a asked'])
  expect(collected.map(({ outcome }) => outcome.id)).toEqual(['a', 'b', 'c'])
})

test('a target that fails is a part of what came', async () => {
  const [collected] = await collectTargets(round, [target('a')], new Set(), COLLECTING)
  expect(collected).toMatchObject({ outcome: { id: 'a', samples: 0, error: { message: 'no a' } } })
  expect(events).toEqual(['a asked', 'a failed'])
})

test('what is no failure of a target ends the round', async () => {
  const targets = [target('a', new TypeError('a bug'))]
  await expect(collectTargets(round, targets, new Set(), COLLECTING)).rejects.toThrow('a bug')
  expect(events).toEqual(['a asked', 'aborted'])
})
