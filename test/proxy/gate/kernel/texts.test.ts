import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Texts } from '../../../../proxy/gate/kernel/texts.ts'

const text = fc
  .tuple(
    fc.constantFrom('', 'a{', 'name{b="1",'),
    fc.string({ maxLength: 12 }),
    fc.constantFrom('', '"}', 'ż"}'),
  )
  .map(parts => parts.join(''))
const entry = fc.tuple(fc.nat(60), text)

function read(texts: Texts, number: number): string {
  const { bytes, start, end } = texts.get(number)
  return bytes.toString('utf8', start, end)
}

test('what was set last under a number is read, in any order, and after others were left out', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 120 }),
      fc.array(fc.nat(60)),
      fc.nat(4),
      (entries, order, rest) => {
        const texts = new Texts()
        for (const [number, value] of entries) texts.set(number, value.toWellFormed())
        const expected = new Map(entries.map(([number, value]) => [number, value.toWellFormed()]))
        const numbers = [...order.filter(number => expected.has(number)), ...expected.keys()]
        for (const number of numbers) expect(read(texts, number)).toBe(expected.get(number))
        const kept = [...expected.keys()].filter(number => number % 5 !== rest)
        const copy = texts.keep(kept)
        for (const number of kept) expect(read(copy, number)).toBe(expected.get(number))
        copy.set(61, 'new')
        expect(read(copy, 61)).toBe('new')
      },
    ),
  )
})

test('series of 530 bytes that differ in a few take a few', () => {
  const texts = new Texts()
  const label = 'x'.repeat(250)
  for (let i = 0; i < 10_000; i++) texts.set(i, `name_bucket{a="${label}",b="${i}",le="0.5",z="${label}"}`)
  expect(texts.heldBytes).toBeLessThan(80 * 10_000)
})
