import { describe, expect, test } from '@jest/globals'
import type { Lifetimes } from '../../../../operator/webhook/certificates/lifetimes.ts'
import type { Leaf } from '../../../../operator/webhook/certificates/material.ts'
import { chooseLeaf, standingOf, type Trust } from '../../../../operator/webhook/certificates/trust.ts'
import { trustBundle } from '../../../../operator/webhook/certificates/trust-bundle.ts'
import { authority, leaf } from './facts.ts'

const LIFETIMES: Lifetimes = {
  authorityMs: 100,
  certificateMs: 50,
  backdatedMs: 0,
  renewalPart: 2 / 3,
  graceMs: 1,
  checkMs: 1,
}
const A = authority('A', 0, LIFETIMES)
const B = authority('B', 10, LIFETIMES)
const a = leaf('a', A, 0, LIFETIMES)
const b = leaf('b', B, 10, LIFETIMES)

function trust(settled: string[], fresh: string[] = []): Trust {
  const known = [A, B].filter(({ id }) => [...settled, ...fresh].includes(id))
  return { authorities: known, isSettled: id => settled.includes(id) }
}

test.each<[string, Trust, number, string]>([
  ['nobody trusts its authority', trust(['B']), 20, 'refused'],
  ['its authority is trusted since a moment', trust(['B'], ['A']), 20, 'fresh'],
  ['its authority is trusted everywhere', trust(['A']), 20, 'settled'],
  ['it has expired', trust(['A']), 50, 'refused'],
  ['it has yet to begin', trust(['A']), -1, 'refused'],
])('how far a certificate can be relied on: %s', (_title, given, nowMs, standing) => {
  expect(standingOf(a, given, nowMs)).toBe(standing)
})

describe('a replica serves', () => {
  test.each<[string, Leaf | undefined, Leaf | undefined, Trust, number, Leaf | undefined]>([
    ['nothing when there is nothing', undefined, undefined, trust([]), 20, undefined],
    ['what there is, to begin with', undefined, b, trust([]), 20, b],
    ['what it has while the Secret holds nothing', a, undefined, trust(['A']), 20, a],
    ['what it has while nobody trusts the other', a, b, trust(['A']), 20, a],
    ['what it has while the other is trusted since a moment', a, b, trust(['A'], ['B']), 20, a],
    ['what it has while both are trusted since a moment', a, b, trust([], ['A', 'B']), 20, a],
    ['what it has while neither is trusted', a, b, trust([]), 20, a],
    ['the other when that is trusted everywhere', a, b, trust(['A', 'B']), 20, b],
    ['the other when its own is trusted no more', a, b, trust([], ['B']), 20, b],
    ['the other when its own has expired', a, b, trust(['A'], ['B']), 55, b],
    ['what it has as long as the other has yet to begin', a, b, trust(['A', 'B']), 5, a],
  ])('%s', (_title, served, stored, given, nowMs, expected) => {
    expect(chooseLeaf(served, stored, given, nowMs)).toBe(expected)
  })
})

describe('API servers are to trust', () => {
  test.each<[string, Parameters<typeof trustBundle>[0], string[]]>([
    ['nothing while nothing is known', { stored: [], isServed: false, before: [] }, []],
    ['what they trust while there is no Secret', { stored: [], isServed: false, before: [A] }, ['A']],
    [
      'the authorities of the Secret first, and those before',
      { stored: [B], isServed: false, before: [A, B] },
      ['B', 'A'],
    ],
    [
      'the authorities of the Secret alone when that is served',
      { stored: [B], isServed: true, before: [A, B] },
      ['B'],
    ],
  ])('%s', (_title, facts, ids) => {
    expect(trustBundle(facts).map(({ id }) => id)).toEqual(ids)
  })
})
