import { expect, test } from '@jest/globals'
import { untilAborted } from '../../../proxy/server/abort.ts'

test('what the task comes to', async () =>
  expect(await untilAborted(async () => 1, new AbortController().signal)).toBe(1))

test('the reason, when that comes first; what the task throws later is nobody’s', async () => {
  const task = Promise.withResolvers<never>()
  const controller = new AbortController()
  const result = untilAborted(() => task.promise, controller.signal)
  controller.abort(new Error('gone'))
  await expect(result).rejects.toThrow('gone')
  task.reject(new Error('late'))
})

test('the reason, and no task, when that was there before', async () => {
  let begun = false
  const task = async (): Promise<void> => {
    begun = true
  }
  await expect(untilAborted(task, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
  expect(begun).toBe(false)
})
