import { expect, test } from '@jest/globals'
import { rewrittenFields } from './tool.ts'

test.each<[string, unknown, unknown, string[]]>([
  ['what the cluster adds to a map', { a: 1 }, { a: 1, b: 2 }, []],
  ['what is below it', { a: { b: 1 } }, { a: { b: 1, c: 2 }, d: [] }, []],
  ['the order of keys', { a: [{ b: 1, c: 2 }] }, { a: [{ c: 2, b: 1 }] }, []],
  ['another value', { a: { b: '10Mi' } }, { a: { b: '10485760' } }, ['.a.b']],
  ['a missing field', { a: { b: 1 } }, {}, ['.a']],
  ['what the cluster adds within a list', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }] }, ['.a']],
  ['what it adds to a list', { a: [1] }, { a: [1, 2] }, ['.a']],
])('%s', (_title, manifest, live, paths) => {
  expect(rewrittenFields(manifest, live)).toEqual(paths)
})
