import { setImmediate } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { mapConcurrently } from '../../../proxy/upstream/concurrency.ts'

test('a few tasks run at once, in order, and the results are in the order of the items', async () => {
  let running = 0
  let most = 0
  const begun: number[] = []
  const results = await mapConcurrently([5, 1, 4, 1, 3], 2, async turns => {
    begun.push(turns)
    most = Math.max(most, ++running)
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    running--
    return turns * 10
  })
  expect([results, begun, most]).toEqual([[50, 10, 40, 10, 30], [5, 1, 4, 1, 3], 2])
})

test('nothing is done for nothing', async () =>
  expect(await mapConcurrently([], 2, async () => 1)).toEqual([]))

test('the first error is that of all', async () =>
  expect(
    mapConcurrently([1, 2], 1, async item => {
      throw new Error(`item ${item}`)
    }),
  ).rejects.toThrow('item 1'))
