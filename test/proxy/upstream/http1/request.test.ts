import { expect, test } from '@jest/globals'
import { requestHead } from '../../../../proxy/upstream/http1/request.ts'

test('a request is its target, its host and its fields', () => {
  expect(requestHead('[::1]:8080', '/m?x=%20', { accept: 'a', 'user-agent': 'b\xe4' })).toBe(
    'GET /m?x=%20 HTTP/1.1\r\nhost: [::1]:8080\r\nconnection: keep-alive\r\naccept: a\r\nuser-agent: b\xe4\r\n\r\n',
  )
})

test.each(['/a b', '/a\r\nX: y', '/a\0', 'http://x/', '', '/\u20ac'])(
  'the target %j would be another request',
  path => {
    expect(() => requestHead('h', path, {})).toThrow('BUG: ')
  },
)

test.each([
  ['x', 'a\r\nY: z'],
  ['x', 'a\nb'],
  ['x', '\0'],
  ['x', '\u20ac'],
  ['x y', 'a'],
  ['x:', 'a'],
  ['', 'a'],
])('the field %j: %j would be others', (name, value) => {
  expect(() => requestHead('h', '/', { [name]: value })).toThrow('BUG: ')
})
