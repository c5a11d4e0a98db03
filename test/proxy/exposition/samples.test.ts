import { expect, test } from '@jest/globals'
import { SampleReader } from '../../../proxy/exposition/samples.ts'

test('samples come with their families, from chunks of any size', () => {
  const body = Buffer.from('# TYPE a histogram\na_bucket{le="1"} 2\nnot a sample\na_sum 3.5\nb{c="żółć"} NaN')
  const reader = new SampleReader('text')
  const found = []
  for (let at = 0; at < body.length; at += 3) found.push(...reader.push(body.subarray(at, at + 3)))
  found.push(...reader.finish())
  expect(
    found.map(({ family, name, labels, value }) => [family.name, family.type, name, labels, value]),
  ).toEqual([
    ['a', 'histogram', 'a_bucket', [['le', '1']], 2],
    ['a', 'histogram', 'a_sum', [], 3.5],
    ['b', undefined, 'b', [['c', 'żółć']], Number.NaN],
  ])
  expect(reader.malformedLines).toBe(1)
})
