import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { SCRATCH } from '../../../../proxy/gate/kernel/assembly/layout.ts'
import { Kernel } from '../../../../proxy/gate/kernel/kernel.ts'

const text = fc
  .tuple(
    fc.constantFrom('', 'a{', 'name{b="1",'),
    fc.string({ maxLength: 12 }),
    fc.constantFrom('', '"}', 'ż"}'),
  )
  .map(parts => parts.join(''))
const entry = fc.tuple(fc.nat(60), text)

const NUMBERS = 61
const kernel = new Kernel()
const { exports } = kernel

function set(texts: number, number: number, text: string): void {
  const length = kernel.writeScratch(text)
  exports.setText(texts, number, text.length, SCRATCH, length)
}

function read(texts: number, number: number): string {
  const start = exports.readText(texts, number)
  expect(exports.textName(texts, number)).toBe(
    kernel.bytes.toString('utf8', start, start + exports.textBytes.value).length,
  )
  return kernel.bytes.toString('utf8', start, start + exports.textBytes.value)
}

test('what was set last under a number is read, in any order, and after others were left out', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 120 }),
      fc.array(fc.nat(NUMBERS - 1)),
      fc.nat(4),
      (entries, order, rest) => {
        const before = exports.heldBytes()
        const texts = exports.createTexts()
        for (const [number, value] of entries) set(texts, number, value.toWellFormed())
        const expected = new Map(entries.map(([number, value]) => [number, value.toWellFormed()]))
        const numbers = [...order.filter(number => expected.has(number)), ...expected.keys()]
        for (const number of numbers) expect(read(texts, number)).toBe(expected.get(number))
        const kept = [...expected.keys()].filter(number => number % 5 !== rest)
        const copy = exports.createTexts()
        for (const number of kept) exports.copyText(texts, copy, number)
        exports.freeTexts(texts)
        for (const number of kept) expect(read(copy, number)).toBe(expected.get(number))
        set(copy, NUMBERS, 'new')
        expect(read(copy, NUMBERS)).toBe('new')
        exports.freeTexts(copy)
        expect(exports.heldBytes()).toBe(before)
      },
    ),
  )
})

test('numbers that were freed are taken again before new ones', () => {
  const texts = exports.createTexts()
  const taken = [0, 1, 2].map(() => exports.takeNumber(texts))
  const kept = exports.createTexts()
  set(texts, 1, 'one')
  exports.copyText(texts, kept, 1)
  for (const number of [2, 0]) exports.freeNumber(kept, number)
  expect(taken).toEqual([0, 1, 2])
  expect([1, 2, 3, 4].map(() => exports.takeNumber(kept))).toEqual([0, 2, 3, 4])
  expect(read(kept, 1)).toBe('one')
})

test('series of 530 bytes that differ in a few take a few', () => {
  const texts = exports.createTexts()
  const before = exports.heldBytes()
  const label = 'x'.repeat(250)
  for (let i = 0; i < 10_000; i++) set(texts, i, `name_bucket{a="${label}",b="${i}",le="0.5",z="${label}"}`)
  expect(exports.heldBytes() - before).toBeLessThan(80 * 10_000)
})
