import { describe, expect, test } from '@jest/globals'
import { aggregatorState } from '../../../operator/controller/aggregator-state.ts'
import type { Workload } from '../../../operator/controller/workload.ts'
import { validGate } from './support/watched.ts'

const GATE = validGate({
  mode: 'Subset',
  selector: { matchLabels: { app: 'shop' } },
  subsets: [{ name: 'few', aggregate: true }],
  aggregator: { shards: 2, replicas: 2 },
})
const UP: Workload = { available: true, rollout: 'complete', message: 'fine' }
const LOST: Workload = { available: false, rollout: 'complete', message: 'fine' }
const STARTS: Workload = { available: false, rollout: 'progressing', message: '' }
const FAILED: Workload = { available: false, rollout: 'failed', message: 'has timed out' }

/** The state of two shards with two replicas each: those of the first shard come first. */
function stateOf(...workloads: Workload[]) {
  const names = ['0-0', '0-1', '1-0', '1-1'].map(numbers => `mg-aggregator-${numbers}-shop`)
  return aggregatorState(
    GATE,
    new Map(names.flatMap((name, index) => (workloads[index] ? [[name, workloads[index]]] : []))),
  )
}

describe('the aggregators of a gate', () => {
  test.each<[string, Workload[], string, string]>([
    ['all run', [UP, UP, UP, UP], 'available', '4 of 4 aggregators are available'],
    ['one that stands by is lost', [UP, LOST, UP, UP], 'available', '3 of 4 aggregators are available'],
    [
      'the replicas of one shard are lost',
      [UP, UP, LOST, LOST],
      'progressing',
      '2 of 4 aggregators are available',
    ],
    [
      'one is being rolled out',
      [UP, UP, UP, STARTS],
      'progressing',
      '3 of 4 aggregators are available: Deployment mg-aggregator-1-1-shop: it is starting',
    ],
    [
      'one is not there yet',
      [UP, UP, UP],
      'progressing',
      '3 of 4 aggregators are available: Deployment mg-aggregator-1-1-shop: it is being made',
    ],
    [
      'one fails: that comes first',
      [STARTS, UP, FAILED, UP],
      'failed',
      '2 of 4 aggregators are available: Deployment mg-aggregator-1-0-shop: has timed out',
    ],
  ])('%s', (_title, workloads, kind, message) => {
    expect(stateOf(...workloads)).toEqual({ kind, message })
  })
})

test('a gate of mode Sidecar has none', () => {
  expect(aggregatorState(validGate(), new Map())).toBeUndefined()
})
