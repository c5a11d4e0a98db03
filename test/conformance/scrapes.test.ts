import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type ContentType, parseContentType } from '../../proxy/exposition/format.ts'
import { readStrictly, sumSeries } from '../proxy/exposition/strict-reader.ts'
import { scrape } from '../proxy/gate/gate.ts'

/** An exposition, rules, and what Prometheus makes of them. */
interface Vector {
  readonly name: string
  readonly content_type: string
  readonly metric_relabel_configs: readonly object[]
  readonly body: string
  /** The series that remain, as `{labels} sum`. */
  readonly expected?: readonly string[]
  /** Why Prometheus refuses the exposition. */
  readonly error?: string
}

const vectors: Vector[] = readFileSync(new URL('../vectors/scrapes.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))
const accepted = vectors.filter(({ expected }) => expected !== undefined)
const refused = vectors.filter(({ error }) => error !== undefined)

test('there are 400 cases', () => {
  expect([accepted.length, refused.length]).toEqual([336, 64])
})

describe('the series that remain, with their sums', () => {
  test.each(accepted)('$name', vector => {
    const { format } = contentType(vector)
    const { bytes, stats } = scrape(vector.metric_relabel_configs, vector.body, { format, chunkBytes: 100 })
    expect(stats.malformedLines).toBe(0)
    expect(sumSeries(readStrictly(bytes, format).samples)).toEqual(
      new Map(vector.expected?.map(parseExpected)),
    )
  })
})

describe('what Prometheus refuses, it refuses after us too', () => {
  test.each(refused)('$name', vector => {
    const { format } = contentType(vector)
    const { main, bytes } = scrape(vector.metric_relabel_configs, vector.body, { format, chunkBytes: 100 })
    const beginning = malformedBeginning(vector.error ?? '')
    const malformed = vector.body.split('\n').filter(line => line.startsWith(beginning))
    expect(malformed).not.toEqual([])
    expect(main.split('\n')).toEqual(expect.arrayContaining(malformed))
    expect(() => readStrictly(bytes, format)).toThrow('no timestamp')
  })
})

function contentType({ content_type }: Vector): ContentType {
  const type = parseContentType(content_type)
  if (type === undefined) throw new Error(`unknown content type ${content_type}`)
  return type
}

/** A Prometheus series and Go's notation of a float. */
function parseExpected(text: string): [series: string, sum: number] {
  const at = text.lastIndexOf(' ')
  const sum = text.slice(at + 1).replace('Inf', 'Infinity')
  return [text.slice(0, at), Number(sum)]
}

/** The beginning of the line at which the parser stopped, which its message quotes. */
function malformedBeginning(error: string): string {
  return JSON.parse(/while parsing: (".*")$/.exec(error)?.[1] ?? '""')
}
