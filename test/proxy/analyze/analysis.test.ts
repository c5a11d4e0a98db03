import { describe, expect, test } from '@jest/globals'
import { analyze, formatAnalysis } from '../../../proxy/analyze/analysis.ts'

async function* chunks(text: string, bytes = 7): AsyncGenerator<Uint8Array> {
  const all = Buffer.from(text)
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes)
}

const BODY = `# HELP requests Requests.
# TYPE requests counter
requests{method="GET",path="/a"} 1
requests{method="GET",path="/b"} 1
requests{method="PUT",path="/c"} 1
requests{method="PUT",path="/d"} 1
requests{method="PUT",path="/e"} 1
requests{method="PUT",path="/f"} 1
up 1
down{} 1
`

test('the report is the forerunner’s: most series first, values listed where they are up to five', async () => {
  expect(formatAnalysis(await analyze(chunks(BODY), 'text', 0))).toBe(`
6 requests
  6 path
  2 method [GET, PUT]

1 down

1 up
`)
})

test('as data it has totals as well', async () => {
  expect(await analyze(chunks(BODY), 'text', 0)).toEqual({
    series: 8,
    metrics: [
      {
        metric: 'requests',
        series: 6,
        labels: [
          { label: 'path', distinctValues: 6 },
          { label: 'method', distinctValues: 2, values: ['GET', 'PUT'] },
        ],
      },
      { metric: 'down', series: 1, labels: [] },
      { metric: 'up', series: 1, labels: [] },
    ],
    malformedLines: 0,
    bytes: BODY.length,
    truncated: false,
  })
})

test('names and values are read as the format has them', async () => {
  const { metrics } = await analyze(
    chunks('{"dotted.name","a.b"="x\\ny"} 1 # {} 1\n# EOF\n'),
    'openmetrics',
    0,
  )
  expect(metrics).toEqual([
    { metric: 'dotted.name', series: 1, labels: [{ label: 'a.b', distinctValues: 1, values: ['x\ny'] }] },
  ])
})

test('values stay on their line', async () => {
  const text = formatAnalysis(await analyze(chunks('a{b="x\\ny"} 1\n'), 'text', 0))
  expect(text).toBe('\n1 a\n  1 b [x\\ny]\n')
})

describe('what is not counted is said', () => {
  test('malformed lines', async () => {
    const analysis = await analyze(chunks('a 1\nb{ 1\nc\n'), 'text', 0)
    expect(formatAnalysis(analysis)).toBe('\n1 a\n\n# 2 malformed lines are not counted\n')
  })

  test('what lies behind the limit, and the line that it cuts', async () => {
    const analysis = await analyze(chunks('a 1\nb 1\nc 1\n'), 'text', 10)
    expect(formatAnalysis(analysis)).toBe(
      '\n1 a\n\n1 b\n\n# only the first 10 bytes were read (max_input_bytes_per_scrape)\n',
    )
  })
})

test('a last line without its newline counts', async () => {
  expect((await analyze(chunks('a 1\nb 1'), 'text', 0)).series).toBe(2)
})
