import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Json, jsonPatch } from '../../../operator/webhook/json-patch.ts'
import { applyJsonPatch } from './apply-json-patch.ts'

describe('the difference of two documents', () => {
  test.each<[string, Json, Json, Json]>([
    ['nothing, of equal ones', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
    ['a member', {}, { a: 1 }, [{ op: 'add', path: '/a', value: 1 }]],
    ['a missing parent, with its content', {}, { a: { b: 1 } }, [{ op: 'add', path: '/a', value: { b: 1 } }]],
    [
      'a member of a parent that is null',
      { a: null },
      { a: { b: 1 } },
      [{ op: 'add', path: '/a', value: { b: 1 } }],
    ],
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ op: 'replace', path: '/a/b', value: 2 }]],
    ['a member that is gone', { a: 1, b: 2 }, { b: 2 }, [{ op: 'remove', path: '/a' }]],
    ['the new end of a list', { a: [1] }, { a: [1, 2] }, [{ op: 'add', path: '/a/1', value: 2 }]],
    [
      'the old end of a list, last first',
      [1, 2, 3],
      [1],
      [
        { op: 'remove', path: '/2' },
        { op: 'remove', path: '/1' },
      ],
    ],
    ['a key with a slash and a tilde', {}, { 'a/b~c': 1 }, [{ op: 'add', path: '/a~1b~0c', value: 1 }]],
    ['another kind of value', { a: [1] }, { a: { 0: 1 } }, [{ op: 'replace', path: '/a', value: { 0: 1 } }]],
  ])('is %s', (_title, before, after, patch) => {
    expect(jsonPatch(before, after)).toEqual(patch)
  })

  test('leads from the one to the other', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).map(value => JSON.parse(JSON.stringify(value)) as Json)
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(applyJsonPatch(before, jsonPatch(before, after))).toEqual(after)
      }),
    )
  })
})
