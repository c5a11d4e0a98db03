import { describe, expect, test } from '@jest/globals'
import type { LabelSelector } from '../../../operator/api/metricgate.ts'
import { matchesLabels } from '../../../operator/webhook/label-selector.ts'

const LABELS = { app: 'web', tier: 'front', empty: '' }

function expression(
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  values?: string[],
): LabelSelector {
  return { matchExpressions: [{ key, operator, ...(values && { values }) }] }
}

describe('the labels app=web, tier=front, empty=', () => {
  test.each<[string, LabelSelector, boolean]>([
    ['nothing', {}, true],
    ['app=web', { matchLabels: { app: 'web' } }, true],
    ['app=db', { matchLabels: { app: 'db' } }, false],
    ['app=web,tier=back', { matchLabels: { app: 'web', tier: 'back' } }, false],
    ['toString=', { matchLabels: { toString: '' } }, false],
    ['empty=', { matchLabels: { empty: '' } }, true],
    ['app in (db, web)', expression('app', 'In', ['db', 'web']), true],
    ['app in (db)', expression('app', 'In', ['db']), false],
    ['zone in (a)', expression('zone', 'In', ['a']), false],
    ['app notin (web)', expression('app', 'NotIn', ['web']), false],
    ['zone notin (a)', expression('zone', 'NotIn', ['a']), true],
    ['empty exists', expression('empty', 'Exists'), true],
    ['zone exists', expression('zone', 'Exists'), false],
    ['zone does not exist', expression('zone', 'DoesNotExist'), true],
    ['empty does not exist', expression('empty', 'DoesNotExist'), false],
    ['app=web and zone exists', { matchLabels: { app: 'web' }, ...expression('zone', 'Exists') }, false],
  ])('%s: %j is %j', (_title, selector, matches) => {
    expect(matchesLabels(selector, LABELS)).toBe(matches)
  })
})

test('a pod without labels is matched by what asks for none', () => {
  expect(matchesLabels(expression('app', 'DoesNotExist'), undefined)).toBe(true)
  expect(matchesLabels({ matchLabels: { app: 'web' } }, undefined)).toBe(false)
})
