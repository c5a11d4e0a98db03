import { expect, test } from '@jest/globals'
import { SlowClientError } from '../../../../proxy/server/errors.ts'
import { HeldOutputs } from '../../../../proxy/server/rounds/held-outputs.ts'

const slices = ['a', 'b', 'c'].map(text => Buffer.from(text))

async function textOf(output: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const slice of output) text += Buffer.from(slice).toString()
  return text
}

test('an output is read by any number of clients, each at its pace', async () => {
  const output = new HeldOutputs(1).hold(slices)
  const slow = output.read()
  await slow.next()
  expect(await textOf(output.read())).toBe('abc')
  expect(await textOf(slow)).toBe('bc')
  expect(output.isRead).toBe(false)
})

test('when clients still read too many, the oldest one goes', async () => {
  const outputs = new HeldOutputs(2)
  const oldest = outputs.hold(slices).read()
  await oldest.next()
  const next = outputs.hold(slices).read()
  await next.next()
  const last = outputs.hold(slices).read()
  await expect(textOf(oldest)).rejects.toBeInstanceOf(SlowClientError)
  expect([await textOf(next), await textOf(last)]).toEqual(['bc', 'abc'])
})

test('outputs that nobody reads any more do not count', async () => {
  const outputs = new HeldOutputs(2)
  const slow = outputs.hold(slices).read()
  await slow.next()
  for (let round = 0; round < 5; round++) await textOf(outputs.hold(slices).read())
  expect(await textOf(slow)).toBe('bc')
})
