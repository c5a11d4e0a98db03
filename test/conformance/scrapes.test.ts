import { describe, expect, test } from '@jest/globals'
import { readStrictly, sumSeries } from '../proxy/exposition/strict-reader.ts'
import { scrape } from '../proxy/gate/gate.ts'
import { contentTypeOf, expectedSums, malformedLines, readVectors } from './scrape-vectors.ts'

const vectors = readVectors()
const accepted = vectors.filter(({ expected }) => expected !== undefined)
const refused = vectors.filter(({ error }) => error !== undefined)

test('there are 400 cases', () => {
  expect([accepted.length, refused.length]).toEqual([336, 64])
})

describe('the series that remain, with their sums', () => {
  test.each(accepted)('$name', vector => {
    const { format } = contentTypeOf(vector)
    const { bytes, stats } = scrape(vector.metric_relabel_configs, vector.body, { format, chunkBytes: 100 })
    expect(stats.malformedLines).toBe(0)
    expect(sumSeries(readStrictly(bytes, format).samples)).toEqual(expectedSums(vector))
  })
})

describe('what Prometheus refuses, it refuses after us too', () => {
  test.each(refused)('$name', vector => {
    const { format } = contentTypeOf(vector)
    const { main, bytes } = scrape(vector.metric_relabel_configs, vector.body, { format, chunkBytes: 100 })
    const malformed = malformedLines(vector)
    expect(malformed).not.toEqual([])
    expect(main.split('\n')).toEqual(expect.arrayContaining(malformed))
    expect(() => readStrictly(bytes, format)).toThrow('no timestamp')
  })
})
