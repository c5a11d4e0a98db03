import { expect, test } from '@jest/globals'
import { bodyOf, countLines } from '../../bench/body.ts'
import { newlineCounter } from '../../bench/in-process-floors.ts'

test.each([0, 17, 70_000])('newlines of a body of %i lines are counted', async lines => {
  const body = bodyOf(Array.from({ length: lines }, (_, line) => `${'x'.repeat(line % 40)}\n`))
  const count = await newlineCounter(body)
  expect(count()).toBe(lines)
  expect(countLines(body)).toBe(lines)
})
