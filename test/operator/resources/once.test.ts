import { expect, jest, test } from '@jest/globals'
import { oncePer } from '../../../operator/resources/once.ts'

test('it computes once for each object, whatever comes of it', () => {
  const compute = jest.fn(({ name }: { name: string }) => (name === '' ? undefined : name.length))
  const length = oncePer(compute)
  const [named, same, unnamed] = [{ name: 'four' }, { name: 'four' }, { name: '' }]
  expect([named, same, unnamed, named, unnamed].map(length)).toEqual([4, 4, undefined, 4, undefined])
  expect(compute).toHaveBeenCalledTimes(3)
})
