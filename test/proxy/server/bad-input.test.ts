import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { type HostileServer, type Misbehaviour, response, startHostileServer } from './hostile.ts'
import { startProxy, type TestProxy } from './proxy.ts'

let hostile: HostileServer
let streaming: TestProxy
let accumulating: TestProxy

beforeAll(async () => {
  hostile = await startHostileServer()
  const upstream_url = `http://127.0.0.1:${hostile.port}/metrics`
  streaming = await startProxy({
    upstream_url,
    metric_relabel_configs: [{ action: 'drop', source_labels: ['__name__'], regex: 'nothing' }],
  })
  accumulating = await startProxy({
    upstream_url,
    metric_relabel_configs: [{ action: 'labeldrop', regex: 'path' }],
  })
})

/** Whatever happened before, the next good scrape is answered. */
afterEach(async () => {
  hostile.behave = socket => socket.end(response('up 1\n'))
  for (const proxy of [streaming, accumulating]) {
    const { status, text } = await proxy.get('/metrics')
    expect([status, text]).toEqual([200, 'up 1\n'])
  }
})

afterAll(async () => {
  await streaming.stop()
  await accumulating.stop()
  await hostile.stop()
})

const send =
  (...parts: readonly (string | Uint8Array)[]): Misbehaviour =>
  socket => {
    for (const part of parts) socket.write(part)
  }
const sendAndEnd =
  (part: string | Uint8Array): Misbehaviour =>
  socket =>
    socket.end(part)
/** The reset comes when the part has been handed to the system, so that it is not lost with it. */
const sendAndReset =
  (part: string | Uint8Array): Misbehaviour =>
  socket =>
    socket.write(part, () => socket.resetAndDestroy())

/** Little time where the application makes the proxy wait, and enough of it everywhere else. */
const hurry = (seconds: number) => ({ 'x-prometheus-scrape-timeout-seconds': String(seconds) })

/** Status and reason of a scrape whose output is only made when the body has ended. */
async function expectRefusal(behave: Misbehaviour, status: number, reason: RegExp): Promise<void> {
  hostile.behave = behave
  const answer = await accumulating.get('/metrics', status === 504 ? hurry(0.5) : {})
  expect([answer.status, answer.text.trimEnd()]).toEqual([status, expect.stringMatching(reason)])
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
}

describe('what is no exposition gets a status and a reason', () => {
  const table: readonly (readonly [string, Misbehaviour, number, RegExp])[] = [
    [
      'a connection closed at once',
      socket => socket.destroy(),
      502,
      /the connection broke off before the response/,
    ],
    ['no answer', () => undefined, 504, /: no response within 0\.45 s$/],
    ['bytes that are not HTTP', sendAndEnd('SSH-2.0-OpenSSH_9.9\r\n'), 502, /the response is not valid HTTP/],
    ['a status line without end', send('HTTP/1.1 200'), 504, /no response within/],
    ['a binary instead of a head', sendAndEnd(randomBytes(4096)), 502, /not valid HTTP|broke off before/],
    [
      'headers without end',
      send('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(1000)}\r\n`.repeat(64)),
      502,
      /the head of the response is too large/,
    ],
    ['a header with a NUL', sendAndEnd(response('up 1\n', ['x: a\0b'])), 502, /not valid HTTP/],
    [
      'two lengths',
      sendAndEnd(response('up 1\n', ['Content-Length: 5', 'Content-Length: 4'])),
      502,
      /not valid HTTP/,
    ],
    [
      'a length and chunks',
      sendAndEnd(response('0\r\n\r\n', ['Content-Length: 5', 'Transfer-Encoding: chunked'])),
      502,
      /not valid HTTP/,
    ],
    [
      '500',
      sendAndEnd(response('<h1>out of order</h1>\nsorry\n', [], '500 Internal Server Error')),
      502,
      /answered 500 Internal Server Error: <h1>out of order<\/h1>$/,
    ],
    [
      '404 without a body',
      sendAndEnd(response('', ['Content-Length: 0'], '404 Not Found')),
      502,
      /answered 404 Not Found$/,
    ],
    [
      'an unusual status',
      sendAndEnd(response('', ['Content-Length: 0'], '799 Whatever')),
      502,
      /answered 799$/,
    ],
    ['204', sendAndEnd(response('', [], '204 No Content')), 502, /answered 204 No Content$/],
    [
      'an error page with control characters',
      sendAndEnd(response('\u001b[2Jgone\u0007\n', [], '503 x')),
      502,
      /answered 503 Service Unavailable: \[2Jgone$/,
    ],
    [
      'an endless error page',
      send(response('x'.repeat(100_000), [], '500 x')),
      502,
      /answered 500 Internal Server Error: x{200}$/,
    ],
    [
      'an error page that never comes',
      send(response('', ['Content-Length: 10'], '500 x')),
      504,
      /the response was not complete within/,
    ],
    [
      'protobuf',
      sendAndEnd(
        response('\x05', [
          'Content-Type: application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
        ]),
      ),
      502,
      /protobuf was not asked for and cannot be filtered; make the application answer in a text format$/,
    ],
    [
      'a web page',
      sendAndEnd(response('<html>', ['Content-Type: text/html; charset=utf-8'])),
      502,
      /Content-Type "text\/html; charset=utf-8"; it has to be text\/plain .* is this the path of the metrics\?$/,
    ],
    [
      'OpenMetrics in a version that nobody knows',
      sendAndEnd(response('up 1\n# EOF\n', ['Content-Type: application/openmetrics-text; version=2.0.0'])),
      502,
      /version=2\.0\.0"; it has to be text\/plain or application\/openmetrics-text \(version 0\.0\.1 or 1\.0\.0\)/,
    ],
    [
      'an unknown encoding',
      sendAndEnd(response('x', ['Content-Encoding: br'])),
      502,
      /Content-Encoding "br", which was not asked for and cannot be read$/,
    ],
    [
      'gzip that is none',
      sendAndEnd(response('up 1\n', ['Content-Encoding: gzip'])),
      502,
      /the body broke off \(incorrect header check\)$/,
    ],
    [
      'a redirect elsewhere',
      sendAndEnd(response('', ['Location: http://169.254.169.254/', 'Content-Length: 0'], '302 Found')),
      502,
      /which is another origin/,
    ],
  ]

  test.each(table)('%s', (_, behave, status, reason) => expectRefusal(behave, status, reason))
})

describe('a body that does not end well is no success: where nothing has gone out yet, by status', () => {
  const table: readonly (readonly [string, Misbehaviour, number, RegExp])[] = [
    ['half a line, then a reset', sendAndReset(response('up 1\nhal')), 502, /the body broke off/],
    [
      'less than its Content-Length says',
      sendAndEnd(response('up 1\n', ['Content-Length: 50'])),
      502,
      /the body broke off/,
    ],
    [
      'chunks without the last',
      sendAndEnd(response('5\r\nup 1\n\r\n', ['Transfer-Encoding: chunked'])),
      502,
      /the body broke off/,
    ],
    [
      'a chunk size that is none',
      sendAndEnd(response('x\r\nup 1\n\r\n', ['Transfer-Encoding: chunked'])),
      502,
      /the body broke off/,
    ],
    [
      'a body that stops coming',
      send(response('up 1\n', ['Content-Length: 50'])),
      504,
      /the response was not complete within 0\.45 s \(5 bytes had come\)$/,
    ],
    ['an endless line', socket => flood(socket, 'a'.repeat(65_536)), 502, /line/],
  ]

  test.each(table)('%s', (_, behave, status, reason) => expectRefusal(behave, status, reason))
})

/** Writes the same bytes again and again until the connection is closed. */
function flood(socket: Socket, bytes: string): void {
  socket.write(response(''))
  const pour = (): void => {
    while (!socket.destroyed && socket.write(bytes));
    socket.once('drain', pour)
  }
  pour()
}

describe('a body that does not end well is no success: where it has begun to go out, by a reset', () => {
  /** More than the first chunk, so that the answer has begun. */
  const BEGUN = 'up{x="1"} 1\n'.repeat(20_000)
  const table: readonly (readonly [string, Misbehaviour])[] = [
    ['half a line, then a reset', sendAndReset(response(`${BEGUN}hal`))],
    ['less than its Content-Length says', sendAndEnd(response(BEGUN, ['Content-Length: 99999999']))],
    ['an endless line', socket => flood(socket, `${BEGUN}${'a'.repeat(2_000_000)}`)],
  ]

  test.each(table)('%s', async (_, behave) => {
    hostile.behave = behave
    await expect(streaming.get('/metrics')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('a body that stops coming', async () => {
    hostile.behave = send(response(BEGUN, ['Content-Length: 99999999']))
    await expect(streaming.get('/metrics', hurry(2))).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  test('also for a client that takes it compressed', async () => {
    hostile.behave = sendAndReset(response(`${BEGUN}hal`))
    await expect(streaming.get('/metrics', { 'accept-encoding': 'gzip' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    })
  })
})

describe('what is strange but whole is passed on', () => {
  test('lines that are no samples, as they came, and they are counted', async () => {
    const before = await accumulating.metric('metricgate_proxy_malformed_lines_total')
    hostile.behave = sendAndEnd(response('up 1\n} nonsense {\n\x00\x01\x02\n'))
    expect((await accumulating.get('/metrics')).text).toContain('} nonsense {\n')
    expect(await accumulating.metric('metricgate_proxy_malformed_lines_total')).toBe(before + 2)
  })

  test('binary data, which is one malformed line', async () => {
    const binary = randomBytes(50_000).map(byte => byte | 0x80)
    hostile.behave = sendAndEnd(response(binary))
    const { status, body } = await streaming.get('/metrics')
    expect([status, Buffer.compare(body, binary)]).toEqual([200, 0])
  })

  test('a body that is longer than its Content-Length says is cut there, as by every client', async () => {
    hostile.behave = sendAndEnd(response('up 1\nup 2\n', ['Content-Length: 5']))
    expect((await accumulating.get('/metrics')).text).toBe('up 1\n')
  })

  test.each([
    ['no', ''],
    ['an empty', 'Content-Type:\r\n'],
    ['a blank', 'Content-Type:  \t \r\n'],
  ])('a body with %s content type, without one', async (_, header) => {
    hostile.behave = sendAndEnd(`HTTP/1.1 200 OK\r\n${header}\r\nup{path="/"} 1\n`)
    const { status, headers, text } = await accumulating.get('/metrics')
    expect([status, headers['content-type'], text]).toEqual([200, undefined, 'up 1\n'])
  })

  test('a last line without its newline', async () => {
    hostile.behave = sendAndEnd(response('up 1'))
    expect((await accumulating.get('/metrics')).text).toMatch(/^up 1\n?$/)
  })

  test('a byte at a time', async () => {
    hostile.behave = socket => {
      const bytes = [...response('up{path="/a"} 1\nup{path="/b"} 2\n', ['Content-Length: 32'])]
      const next = (): void => {
        const byte = bytes.shift()
        if (byte !== undefined) socket.write(Buffer.of(byte), next)
      }
      next()
    }
    expect((await accumulating.get('/metrics')).text).toBe('up 3\n')
  })
})
