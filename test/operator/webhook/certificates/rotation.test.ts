import { describe, expect, test } from '@jest/globals'
import type { Lifetimes } from '../../../../operator/webhook/certificates/lifetimes.ts'
import type { Material } from '../../../../operator/webhook/certificates/material.ts'
import {
  nextStep,
  type RotationFacts,
  type Step,
} from '../../../../operator/webhook/certificates/rotation.ts'
import { AUTHORITIES_MAX } from '../../../../operator/webhook/limits.ts'
import { authority, leaf, material } from './facts.ts'

/** As in production, in days rather than milliseconds. */
const LIFETIMES: Lifetimes = {
  authorityMs: 730,
  certificateMs: 90,
  backdatedMs: 1,
  renewalPart: 2 / 3,
  graceMs: 1,
  checkMs: 1,
}
const A = authority('A', 0, LIFETIMES)
const B = authority('B', 487, LIFETIMES)
const C = authority('C', 975, LIFETIMES)
const a = leaf('a', A, 0, LIFETIMES)
const lateA = leaf('a', A, 480, LIFETIMES)
const b = leaf('b', B, 488, LIFETIMES)

function step(nowMs: number, stored: Material | undefined, more: Partial<RotationFacts> = {}): Step {
  const facts = {
    stored,
    served: stored?.leaf,
    known: [],
    isSettled: () => false,
    nowMs,
    lifetimes: LIFETIMES,
  }
  return nextStep({ ...facts, ...more })
}

/** The step in short: "begin B A, with a". */
function describeStep(taken: Step): string {
  switch (taken.kind) {
    case 'wait':
      return `wait until ${Math.floor(taken.untilMs)}`
    case 'issue':
      return 'issue'
    case 'begin':
      return ['begin before', ...taken.keep.map(({ id }) => id), 'with', taken.leaf?.id ?? 'its own'].join(
        ' ',
      )
    case 'retire':
      return ['retire but', ...taken.keep.map(({ id }) => id)].join(' ')
  }
}

const B_IS_SETTLED = { isSettled: (id: string) => id === 'B' }

describe('the life of certificates, in days', () => {
  test.each<[number, string, Material | undefined, Partial<RotationFacts>, string]>([
    [0, 'there is nothing', undefined, {}, 'begin before with its own'],
    [0, 'A in use', material([A], a), {}, 'wait until 60'],
    [59, 'A in use', material([A], a), {}, 'wait until 60'],
    [60, 'its certificate is due', material([A], a), {}, 'issue'],
    [480, 'A in use, with another certificate', material([A], lateA), {}, 'wait until 486'],
    [487, 'A is due', material([A], lateA), {}, 'begin before A with a'],
    [487, 'B is introduced, and not trusted for long enough', material([B, A], lateA), {}, 'wait until 570'],
    [
      545,
      'B is introduced, and the certificate of A is due meanwhile',
      material([B, A], lateA),
      {},
      'wait until 570',
    ],
    [488, 'B is trusted', material([B, A], lateA), B_IS_SETTLED, 'issue'],
    [488, 'B in use', material([B, A], b), B_IS_SETTLED, 'wait until 548'],
    [
      578,
      'a certificate of A may still live',
      material([B, A], leaf('b', B, 548, LIFETIMES)),
      {},
      'wait until 579',
    ],
    [
      579,
      'the last certificate of A has expired',
      material([B, A], leaf('b', B, 548, LIFETIMES)),
      {},
      'retire but B',
    ],
    [579, 'B in use alone', material([B], leaf('b', B, 548, LIFETIMES)), {}, 'wait until 608'],
  ])('day %d, %s', (nowMs, _title, stored, more, expected) => {
    expect(describeStep(step(nowMs, stored, more))).toBe(expected)
  })
})

describe('something is wrong', () => {
  const unsigned = { ...material([A], a), signer: undefined }
  const empty = material([], undefined)

  test.each<[string, number, Material | undefined, Partial<RotationFacts>, string]>([
    ['the Secret is gone', 9, undefined, { served: a, known: [A] }, 'begin before A with a'],
    ['the Secret holds nothing', 9, empty, { served: a, known: [A] }, 'begin before A with a'],
    ['it is gone, and nobody knows the authority', 9, undefined, { served: a }, 'begin before with its own'],
    ['it is gone, and so is the certificate', 9, undefined, { known: [A] }, 'begin before A with its own'],
    [
      'it is gone, and the certificate has expired',
      91,
      undefined,
      { served: a, known: [A] },
      'begin before A with its own',
    ],
    ['the key of the authority is gone', 9, unsigned, {}, 'begin before A with a'],
    ['the certificate is gone', 9, material([A], undefined), {}, 'issue'],
    [
      'the certificate is gone, and the one that is served is that of another',
      9,
      material([A], undefined),
      { served: b },
      'issue',
    ],
    ['the certificate has expired', 91, material([A], a), {}, 'issue'],
    ['it has expired before the next authority is trusted', 570, material([B, A], lateA), {}, 'issue'],
    ['everything has expired', 2_000, material([A], a), {}, 'begin before A with its own'],
    ['everything has yet to begin', -9, material([A], a), {}, 'begin before A with its own'],
    ['the certificate has yet to begin', 485, material([A], leaf('a', A, 500, LIFETIMES)), {}, 'issue'],
  ])('%s', (_title, nowMs, stored, more, expected) => {
    expect(describeStep(step(nowMs, stored, more))).toBe(expected)
  })
})

test('of three authorities, one after the other, each goes when its last certificate has expired', () => {
  const stored = material([C, B, A], leaf('c', C, 1_000, LIFETIMES))
  expect(describeStep(step(1_010, stored))).toBe('retire but C B')
})

test('the authority of the certificate in the Secret stays, however old', () => {
  const stored = material([B, A], { ...a, untilMs: 9_999 })
  expect(describeStep(step(600, stored))).toBe('wait until 973')
})

test('authorities are kept up to a bound, the youngest first', () => {
  const known = Array.from({ length: 99 }, (_, day) => authority(`${day}`, day, LIFETIMES))
  const taken = step(99, undefined, { known })
  const kept = taken.kind === 'begin' ? taken.keep.map(({ id }) => id) : []
  expect(kept).toEqual(
    known
      .toReversed()
      .map(({ id }) => id)
      .slice(0, AUTHORITIES_MAX - 1),
  )
})
