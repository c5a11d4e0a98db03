import { describe, expect, test } from '@jest/globals'
import { isLabelKey, labelsSchema, selectsByLabel } from '../../../operator/api/selector.ts'

describe('keys of labels', () => {
  test.each([
    'app',
    'App',
    'a.b_c-d',
    '1',
    'app.kubernetes.io/name',
    `${'a'.repeat(63)}`,
    `x.y/${'a'.repeat(63)}`,
  ])('%s is one', key => {
    expect(isLabelKey(key)).toBe(true)
  })

  test.each(['', '/', '/app', 'app/', 'a/b/c', '-a', 'a-', 'a b', 'ä', 'A.b/c', '.a/b', 'a'.repeat(64)])(
    '%p is none',
    key => {
      expect(isLabelKey(key)).toBe(false)
    },
  )

  test('a prefix has at most 253 characters', () => {
    const prefix = (length: number) => `${'abcdefgh.'.repeat(28)}`.padEnd(length, 'a')
    expect(isLabelKey(`${prefix(253)}/a`)).toBe(true)
    expect(isLabelKey(`${prefix(254)}/a`)).toBe(false)
  })
})

test('there may be 32 labels and no more', () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']))
  expect(labelsSchema.safeParse(labels(32)).success).toBe(true)
  expect(labelsSchema.safeParse(labels(33)).success).toBe(false)
})

test('a selector that names no label selects by none', () => {
  expect(selectsByLabel(undefined)).toBe(false)
  expect(selectsByLabel({})).toBe(false)
  expect(selectsByLabel({ matchLabels: {}, matchExpressions: [] })).toBe(false)
  expect(selectsByLabel({ matchLabels: { app: 'shop' } })).toBe(true)
  expect(selectsByLabel({ matchExpressions: [{ key: 'app', operator: 'Exists' }] })).toBe(true)
})
