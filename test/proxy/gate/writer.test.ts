import { describe, expect, test } from '@jest/globals'
import { SlicePool } from '../../../proxy/gate/slice-pool.ts'
import { emptyOutputStats } from '../../../proxy/gate/stats.ts'
import { OutputWriter } from '../../../proxy/gate/writer.ts'
import { FREE_SLICES_MAX, OUTPUT_SLICE_BYTES } from '../../../proxy/limits.ts'

const NO_LIMITS = { inputBytesMax: 0, outputBytesMax: 0, onLimit: 'fail' } as const

/** Writes lines, so many before each time that chunks are taken; all text that came out, and in how many memories. */
function write(lines: number, linesAtOnce: number, givesBack: boolean): { text: string; memories: number } {
  const pool = new SlicePool()
  const writer = new OutputWriter('', 'text', 'text', NO_LIMITS, emptyOutputStats(), pool)
  const memories = new Set<ArrayBufferLike>()
  let text = ''
  for (let line = 1; line <= lines; line++) {
    writer.writeText(`line ${line} ${'x'.repeat(line % 1000)}\n`)
    if (line % linesAtOnce !== 0 && line !== lines) continue
    const chunks = writer.take()
    for (const chunk of chunks) {
      text += Buffer.from(chunk).toString()
      memories.add(chunk.buffer)
      if (givesBack) pool.giveBack(chunk)
    }
  }
  return { text, memories: memories.size }
}

describe.each([1, 7, 300, 5000])('what is taken after every %d lines', linesAtOnce => {
  test('is the same whether it is given back or not', () => {
    expect(write(5000, linesAtOnce, true).text).toBe(write(5000, linesAtOnce, false).text)
  })
})

test('memory that is given back is used again', () => {
  expect(write(20_000, 300, false).memories).toBeGreaterThan(100)
  expect(write(20_000, 300, true).memories).toBeLessThanOrEqual(FREE_SLICES_MAX)
})

test('small outputs, one after another, are all written into the same memory', () => {
  const pool = new SlicePool()
  const slice = pool.take()
  pool.giveBack(slice)
  const outputs = Array.from({ length: 100 }, (_, index) => {
    const writer = new OutputWriter('', 'text', 'text', NO_LIMITS, emptyOutputStats(), pool)
    writer.writeText(`output ${index}\n`)
    return Buffer.concat(writer.finish()).toString()
  })
  expect(outputs).toEqual(Array.from({ length: 100 }, (_, index) => `output ${index}\n`))
  expect(pool.take().buffer).toBe(slice.buffer)
})

test('the rest of an output whose slice has left in part is no copy: the slice is not free', () => {
  const pool = new SlicePool()
  const writer = new OutputWriter('', 'text', 'text', NO_LIMITS, emptyOutputStats(), pool)
  writer.writeText('first\n')
  const [first] = writer.take()
  writer.writeText('second\n')
  const [second] = writer.finish()
  expect(second?.buffer).toBe(first?.buffer)
  expect(pool.take().buffer).not.toBe(first?.buffer)
})

test('a part of a slice does not give the others back', () => {
  const pool = new SlicePool()
  const writer = new OutputWriter('', 'text', 'text', NO_LIMITS, emptyOutputStats(), pool)
  const taken = (text: string): Uint8Array[] => {
    writer.writeText(text)
    return writer.take()
  }
  const [first = Buffer.alloc(0)] = taken('a\n')
  const rest = taken('b'.repeat(OUTPUT_SLICE_BYTES - 2))
  const next = taken('c\n')
  pool.giveBack(first)
  taken('d'.repeat(OUTPUT_SLICE_BYTES))
  expect([rest, next].flat().map(chunk => String.fromCharCode(chunk[0] ?? 0))).toEqual(['b', 'c'])
})
