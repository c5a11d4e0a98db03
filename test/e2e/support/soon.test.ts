import { expect, test } from '@jest/globals'
import { soon } from './soon.ts'

const IMPATIENT = { timeoutMs: 0, intervalMs: 0 }

test('looks again until what it sees passes, and gives that', async () => {
  let count = 0
  const look = () => {
    count += 1
    if (count === 1) throw new Error('not there yet')
    return count
  }
  expect(await soon('four', look, seen => seen === 4, { timeoutMs: 60_000, intervalMs: 0 })).toBe(4)
})

test('says what was expected, what was seen last, and what was wrong with it', async () => {
  const check = (seen: string[]) => expect(seen).toHaveLength(2)
  await expect(soon('two pods', () => ['web-0'], check, IMPATIENT)).rejects.toThrow(
    /^expected within 0 s: two pods\nsaw: \[ 'web-0' \]\n.*Expected length: .*2/s,
  )
})

test('says what kept it from seeing anything', async () => {
  const look = () => Promise.reject(new Error('connection refused'))
  await expect(soon('an answer', look, () => true, IMPATIENT)).rejects.toThrow(
    'expected within 0 s: an answer\nsaw: an error\nconnection refused',
  )
})
