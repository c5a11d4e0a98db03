import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ExpositionFormat } from '../../../proxy/exposition/format.ts'
import { readStrictly } from '../exposition/strict-reader.ts'
import { programOf, run } from './gate.ts'

const label = fc.tuple(
  fc.constantFrom('b', 'c', 'le', 'path', '"d.e"'),
  fc.constantFrom('', '1', '1.0', 'x', 'żółć', '\\"', '}{', '# x'),
)
const series = fc
  .tuple(
    fc.constantFrom('a', 'b', 'h_bucket', 'h_sum'),
    fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 3 }),
  )
  .map(([name, labels]) => `${name}{${labels.map(([key, value]) => `${key}="${value}"`).join(',')}}`)
const sample = fc
  .tuple(series, fc.oneof(fc.double().map(String), fc.constantFrom('1', '-0', '+Inf', '0.1')))
  .map(([text, value]) => `${text} ${value}`)
const metadata = fc.constantFrom('# TYPE h histogram', '# TYPE a gauge', '# HELP b B.')
const nonsense = fc.constantFrom('x', 'a{b="', 'b"} 1', 'a 1 2 3', '# TYPE a x', 'é', 'a{b="\r"} 1\r')
const wellFormed = fc.array(fc.oneof({ weight: 4, arbitrary: sample }, metadata), { maxLength: 25 })
const anything = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: sample },
    { weight: 2, arbitrary: metadata },
    nonsense,
    fc.constantFrom('', '# x'),
  ),
  { maxLength: 25 },
)
const format = fc.constantFrom<ExpositionFormat>('text', 'openmetrics')

const selecting = [
  { action: 'drop', source_labels: ['path'], regex: '1.*' },
  { action: 'keep', source_labels: ['__name__'], regex: 'a|h_.*' },
]
const merging = [...selecting, { action: 'labeldrop', regex: 'path|c' }]
/** A rule that could change labels and never does. */
const idle = { source_labels: ['__name__'], regex: 'nothing', target_label: 'c' }

function bodyOf(lines: readonly string[], of: ExpositionFormat): string {
  return [...lines, ...(of === 'openmetrics' ? ['# EOF'] : [])].map(line => `${line}\n`).join('')
}

describe('for any exposition', () => {
  const programs = {
    none: programOf([]),
    selecting: programOf(selecting),
    merging: programOf(merging, { s: selecting }),
  }

  test.each(Object.entries(programs))('the result does not depend on the chunks: %s', (_, program) => {
    fc.assert(
      fc.property(anything, format, fc.integer({ min: 1, max: 40 }), (lines, of, chunkBytes) => {
        const body = bodyOf(lines, of)
        expect(run(program, body, { format: of, chunkBytes })).toEqual(run(program, body, { format: of }))
      }),
    )
  })

  test('every line that a stream lets out came in, in this order', () => {
    fc.assert(
      fc.property(anything, lines => {
        const incoming = bodyOf(lines, 'text').split('\n')
        let at = 0
        for (const line of run(programs.selecting, bodyOf(lines, 'text')).main.split('\n')) {
          // Metadata may wait for its first sample.
          if (line.startsWith('# ')) expect(incoming).toContain(line)
          else {
            expect(incoming.slice(at)).toContain(line)
            at = incoming.indexOf(line, at) + 1
          }
        }
      }),
    )
  })

  test('limits hold', () => {
    fc.assert(
      fc.property(anything, format, fc.integer({ min: 6, max: 300 }), (lines, of, outputBytesMax) => {
        for (const program of Object.values(programs)) {
          const body = bodyOf(lines, of)
          const { main, stats } = run(program, body, { format: of, outputBytesMax })
          expect(Buffer.byteLength(main)).toBe(stats.main.bytesOut)
          expect(stats.main.bytesOut).toBeLessThanOrEqual(outputBytesMax)
        }
      }),
    )
  })
})

describe('for any well-formed exposition', () => {
  test('accumulating gives what accumulating after streaming gives', () => {
    const [streaming, accumulating] = [programOf(selecting), programOf([...selecting, idle])]
    fc.assert(
      fc.property(wellFormed, format, (lines, of) => {
        const body = bodyOf(lines, of)
        const streamed = run(streaming, body, { format: of }).main
        expect(run(accumulating, streamed, { format: of }).main).toBe(
          run(accumulating, body, { format: of }).main,
        )
      }),
    )
  })

  test('what accumulates is well-formed, and each series is there once', () => {
    const program = programOf(merging)
    fc.assert(
      fc.property(wellFormed, format, (lines, of) => {
        const { samples, metadata: found } = readStrictly(
          Buffer.from(run(program, bodyOf(lines, of), { format: of }).main),
          of,
        )
        const keys = samples.map(({ name, labels }) => JSON.stringify([name, [...labels].sort()]))
        expect(new Set(keys).size).toBe(keys.length)
        expect(new Set(found).size).toBe(found.length)
      }),
    )
  })
})
