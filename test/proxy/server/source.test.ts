import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

let application: Application
let proxy: TestProxy
let answer: RequestListener

beforeEach(async () => {
  application = await startApplication((request, response) => answer(request, response))
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    metric_relabel_configs: [{ action: 'drop' }],
    prometheus: { max_input_bytes_per_scrape: 100 },
  })
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

describe('/source', () => {
  test('is the application’s own answer: status, type and bytes, without rules and limits', async () => {
    const body = 'a 1\n'.repeat(1000)
    answer = (_, response) => response.writeHead(418, { 'content-type': 'text/strange' }).end(body)
    const { status, headers, text } = await proxy.get('/source?x=1')
    expect([status, headers['content-type'], text]).toEqual([418, 'text/strange', body])
    expect(application.requests[0]?.url).toBe('/metrics?x=1')
  })

  test('is asked for in the formats of the client, whatever they are', async () => {
    answer = (_, response) => response.end()
    await proxy.get('/source', { accept: 'application/vnd.google.protobuf' })
    expect(application.requests[0]?.headers.accept).toBe('application/vnd.google.protobuf')
  })

  test('of an application that is away is 502', async () => {
    await proxy.configure({ upstream_url: 'http://127.0.0.1:1/metrics' })
    const { status, text } = await proxy.get('/source')
    expect([status, text]).toEqual([502, expect.stringContaining('connection refused')])
  })
})

describe('/analyze', () => {
  beforeEach(() => {
    answer = (_, response) =>
      response.setHeader('content-type', 'text/plain').end('a{b="1"} 1\na{b="2"} 1\nc 1\n')
  })

  test('counts what the application exposes, before the rules', async () => {
    const { headers, text } = await proxy.get('/analyze')
    expect([headers['content-type'], text]).toEqual([
      'text/plain; charset=utf-8',
      '\n2 a\n  2 b [1, 2]\n\n1 c\n',
    ])
  })

  test('is JSON too; other parameters are for the application', async () => {
    const { headers, text } = await proxy.get('/analyze?format=json&x=1')
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(JSON.parse(text)).toMatchObject({ series: 3, metrics: [{ metric: 'a' }, { metric: 'c' }] })
    expect(application.requests[0]?.url).toBe('/metrics?x=1')
  })

  test('has no other forms', async () => {
    const { status, text } = await proxy.get('/analyze?format=xml')
    expect([status, text]).toEqual([400, 'format: expected text or json, got "xml"\n'])
  })

  test('reads no more than a scrape may', async () => {
    answer = (_, response) => response.setHeader('content-type', 'text/plain').end('a 1\n'.repeat(1000))
    expect((await proxy.get('/analyze')).text).toBe(
      '\n25 a\n\n# only the first 100 bytes were read (max_input_bytes_per_scrape)\n',
    )
  })

  test('of what is no exposition is 502', async () => {
    answer = (_, response) => response.setHeader('content-type', 'text/html').end('<html>')
    expect((await proxy.get('/analyze')).status).toBe(502)
  })
})
