// biome-ignore-all lint/suspicious/noTemplateCurlyInString: replacement templates look like this.
import { expect, test } from '@jest/globals'
import { relabel } from '../relabel.ts'

const series = { __name__: 'http_requests_total', code: '503', path: '/a/b' }

test.each([
  ['copies by default', { source_labels: ['code'], target_label: 'x' }, { x: '503' }],
  ['writes a fixed value', { target_label: 'x', replacement: 'y' }, { x: 'y' }],
  ['does nothing without a match', { source_labels: ['code'], regex: '4..', target_label: 'x' }, {}],
  [
    'writes groups',
    { source_labels: ['code'], regex: '(.)..', target_label: 'code', replacement: '${1}xx' },
    { code: '5xx' },
  ],
  [
    'takes a target from the value',
    { source_labels: ['path'], regex: '/(.*)/(.*)', target_label: '$1', replacement: '$2' },
    { a: 'b' },
  ],
  [
    'does nothing when the target expands to nothing',
    { source_labels: ['code'], target_label: '$2', replacement: 'x' },
    {},
  ],
  ['may write the metric name', { target_label: '__name__', replacement: 'm' }, { __name__: 'm' }],
  [
    'an absent source matches as empty',
    { source_labels: ['no'], target_label: 'x', replacement: 'y' },
    { x: 'y' },
  ],
  ['$$ is a dollar', { target_label: 'x', replacement: 'a$$b' }, { x: 'a$b' }],
])('%s', (_, rule, change) => {
  expect(relabel([rule], series)).toEqual({ ...series, ...change })
})

test.each([
  ['a fixed empty replacement', { target_label: 'path', replacement: '' }],
  ['a group that is empty', { source_labels: ['code'], regex: '.*()', target_label: 'path' }],
  ['an absent source', { source_labels: ['no'], target_label: 'path' }],
])('%s deletes the target', (_, rule) => {
  expect(relabel([rule], series)).toEqual({ __name__: 'http_requests_total', code: '503' })
})
