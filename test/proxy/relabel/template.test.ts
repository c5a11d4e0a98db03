// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacement templates look like this.
import { expect, test } from '@jest/globals'
import { compileTemplate, type GroupNames } from '../../../proxy/relabel/template.ts'

/** The groups of `(?P<first>a)(?P<second>b)?(.*)` on "acd"; the second takes no part. */
const groups = ['acd', 'a', undefined, 'cd']
const names: GroupNames = {
  count: 3,
  byName: new Map([
    ['first', 1],
    ['second', 2],
  ]),
}

// The expected texts are what Go's regexp.ExpandString gives.
test.each([
  ['$1', 'a'],
  ['${1}', 'a'],
  ['$0', 'acd'],
  ['${first}', 'a'],
  ['$first', 'a'],
  ['$second', ''],
  ['$1x', ''],
  ['${1}x', 'ax'],
  ['$1-x', 'a-x'],
  ['$first_', ''],
  ['$firsté', ''],
  ['$é', ''],
  ['$$', '$'],
  ['$$1', '$1'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$-', '$-'],
  ['${', '${'],
  ['${1', '${1'],
  ['${}', '${}'],
  ['$9', ''],
  ['$01', ''],
  ['${00}', ''],
  ['$1000000000000', ''],
  ['$3$2$1', 'cda'],
  ['a${1}b$3', 'aabcd'],
  ['', ''],
])('%s expands to %j', (template, expanded) => {
  expect(compileTemplate(template, names).expand(groups)).toBe(expanded)
})

test.each([
  ['text', 'text'],
  ['a$$b', 'a$b'],
  ['$nosuchgroup', ''],
  ['$1', undefined],
])('%s is constant: %j', (template, constant) => {
  expect(compileTemplate(template, names).constant).toBe(constant)
})
