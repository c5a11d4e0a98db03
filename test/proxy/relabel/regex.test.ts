import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileRegex, compileWithRe2, RegexSyntaxError } from '../../../proxy/relabel/regex.ts'
import { recogniseShape } from '../../../proxy/relabel/regex-shape.ts'
import { compileTemplate } from '../../../proxy/relabel/template.ts'

const matches = (pattern: string, value: string): boolean => compileRegex(pattern).test(value)

describe('a pattern', () => {
  test.each([
    ['foo', 'foo', true],
    ['foo', 'foobar', false],
    ['foo', 'xfoo', false],
    ['foo|bar', 'foobar', false],
    ['a|b', 'b', true],
    ['', '', true],
    ['', 'x', false],
    ['.*', 'a\nb', true],
    ['a.b', 'a\nb', true],
    ['(?-s:.)', '\n', false],
    ['.', '😀', true],
    ['(?i)straSSE', 'STRASSE', true],
    ['\\pN+', '12', true],
    ['(?P<x>a)(?<y>b)', 'ab', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['[[:alpha:]]+', 'abc', true],
    ['\\s', '\u00a0', false],
    ['\\d', '٣', false],
    ['foo$', 'foo\n', false],
    // The anchors bind to the outer alternatives, as they do in Prometheus.
    ['a)|(?:b', 'axx', true],
    ['a)|(?:b', 'xxb', true],
    ['a)|(?:b', 'xax', false],
  ])('%j on %j: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected)
  })

  test('with nested repetition takes linear time', () => {
    expect(matches('(a+)+b', 'a'.repeat(50_000))).toBe(false)
  })

  test('gives the groups of a match, undefined for one that took no part', () => {
    expect(compileRegex('(a)(b)?(?P<rest>.*)').match('acd')).toEqual(['acd', 'a', undefined, 'cd'])
  })

  test('that RE2 refuses is an error of its own kind', () => {
    expect(() => compileRegex('[')).toThrow(RegexSyntaxError)
  })

  test.each([
    ['a', ['a']],
    ['(a|b)', ['a', 'b']],
    ['a.*', undefined],
    ['[ab]', undefined],
  ])('%s names the words %j', (pattern, words) => {
    expect(compileRegex(pattern).words).toEqual(words)
  })
})

// The expected texts are what Go's ReplaceAllString gives.
describe('replacing all matches', () => {
  test.each([
    ['(a)(.*)', 'abc', '<abc>'],
    ['x', 'abc', 'abc'],
    ['a)|(?:b', 'ab', '<a><b>'],
    ['a)|(?:b', 'axb', '<a>x<b>'],
    ['a)|(?:b', 'xb', 'x<b>'],
    ['a)|(?:b', 'aab', '<a>a<b>'],
    [')|(x*', '', '<>'],
    [')|(x*', 'ab', '<>ab<>'],
    [')|(x*', 'xx', '<>x<x>'],
    [')|(x*', 'é', '<>é<>'],
    [')|(x*', '😀', '<>😀<>'],
    ['a)|(b)|(?:c', 'abcbc', '<a><b>c<b><c>'],
  ])('of %s in %j', (pattern, value, replaced) => {
    const regex = compileRegex(pattern)
    expect(regex.replaceAll(value, compileTemplate('<$0>', regex.groups))).toBe(replaced)
  })
})

describe('a fast path', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '_', '-', ' ', 'é', '日', '😀', '\n'),
    maxLength: 4,
  })
  const words = fc.array(text, { minLength: 1, maxLength: 4 }).map(list => list.join('|'))
  const pattern = fc.oneof(
    words,
    words.map(list => `(${list})`),
    words.map(list => `(?:${list})`),
    fc.tuple(text, fc.constantFrom('.*', '.+', '(.*)', '(.+)')).map(([prefix, tail]) => prefix + tail),
  )
  /** Values that are near the pattern: built from its own characters. */
  const patternAndValue = fc.tuple(pattern, text, text, fc.nat()).map(([source, before, after, pick]) => {
    const parts = source.split(/[^ab_\- é日😀\n]+/u)
    return { source, value: before + (parts[pick % parts.length] ?? '') + after }
  })

  test('is taken for words and for a prefix followed by anything', () => {
    fc.assert(fc.property(pattern, source => expect(recogniseShape(source)).toBeDefined()))
  })

  test('gives what RE2 gives', () => {
    const property = fc.property(patternAndValue, ({ source, value }) => {
      const fast = compileRegex(source)
      const slow = compileWithRe2(source)
      const template = compileTemplate('<$0-$1>', slow.groups)
      expect(fast.groups).toEqual(slow.groups)
      expect(fast.test(value)).toBe(slow.test(value))
      expect(fast.match(value)).toEqual(slow.match(value))
      expect(fast.replaceAll(value, template)).toBe(slow.replaceAll(value, template))
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('is not taken for anything that RE2 refuses or reads otherwise', () => {
    const anything = fc.string({ unit: fc.constantFrom(...'ab|()?:.*+^$[]{}\\,1é'), maxLength: 8 })
    const property = fc.property(anything, anything, (source, value) => {
      if (recogniseShape(source) === undefined) return
      expect(compileRegex(source).match(value)).toEqual(compileWithRe2(source).match(value))
    })
    fc.assert(property, { numRuns: 5000 })
  })
})
