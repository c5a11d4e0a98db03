import { describe, expect, test } from '@jest/globals'
import { lines, scrape } from './gate.ts'

const stream = [{ action: 'drop', source_labels: ['__name__'], regex: 'b.*' }]
const accumulate = [...stream, { action: 'labeldrop', regex: 'path' }]

test.each([
  'not a sample',
  'b 1 2 3',
  'b{path="1"} 1,5',
  'b{path="1",path="2"} 1',
  '# TYPE b nonsense',
  'b 1\r',
  '\0\x01\x02',
  '<html>',
])('%j passes as it came, whatever the rules say', line => {
  const body = lines('a 1', line, 'c 2')
  expect(scrape(stream, body)).toMatchObject({ main: body, stats: { malformedLines: 1, samplesIn: 2 } })
  expect(scrape(accumulate, body)).toMatchObject({
    main: lines('a 1', 'c 2', line),
    stats: { malformedLines: 1, samplesIn: 2 },
  })
})

test('invalid UTF-8 passes as the bytes that came', () => {
  const body = Buffer.from('b{x="\xff"} 1\n# HELP b \xfe\n', 'latin1')
  for (const rules of [stream, accumulate]) {
    expect(scrape(rules, body)).toMatchObject({ bytes: body, stats: { malformedLines: 2 } })
  }
})

describe('where values accumulate', () => {
  test('malformed lines follow the samples, in their order', () => {
    expect(scrape(accumulate, lines('x x', 'a{path="1"} 1', 'y y', 'a 1', 'z z')).main).toBe(
      lines('a 2', 'x x', 'y y', 'z z'),
    )
  })

  test('they precede the end marker', () => {
    const body = lines('x x', 'a 1', '# a comment', '# EOF')
    const { main, stats } = scrape(accumulate, body, { format: 'openmetrics' })
    expect(main).toBe(lines('a 1', 'x x', '# a comment', '# EOF'))
    expect(stats.malformedLines).toBe(2)
  })
})

describe('an exposition of nonsense', () => {
  test.each([
    ['a page', '<html>\n<body class="x">\n</body>\n</html>\n'],
    ['an image', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256))],
    ['quotes', '{"'.repeat(1000)],
    ['one byte', '{'],
  ])('passes: %s', (_, body) => {
    const { bytes, stats } = scrape(stream, body)
    expect(bytes).toEqual(Buffer.from(body))
    expect(stats.malformedLines).toBeGreaterThan(0)
  })
})
