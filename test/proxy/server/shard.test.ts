import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { fnv1a } from '../../../proxy/server/shard.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('the hash of %j is that of the draft of FNV', (text, hash) => expect(fnv1a(text)).toBe(hash))

const SERIES = Array.from(
  { length: 200 },
  (_, index) => `hits_total{path="/${index}",user="ü${index % 7}"} ${index}`,
)
const BODY = `# HELP hits_total Hits.\n# TYPE hits_total counter\n${SERIES.join('\n')}\n# TYPE up gauge\nup 1\n`
const SAMPLES = [...SERIES, 'up 1'].sort()
const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const COUNT = 4

let application: Application
let proxy: TestProxy
let body: string
let contentType: string

beforeEach(async () => {
  body = BODY
  contentType = TEXT
  application = await startApplication((_, response) =>
    response.setHeader('content-type', contentType).end(body),
  )
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    subsets: [
      { name: 'all' },
      { name: 'added', metric_relabel_configs: [{ action: 'labeldrop', regex: 'none' }] },
    ],
  })
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

const shards = async (path: string): Promise<string[]> => {
  const answers: string[] = []
  for (let index = 0; index < COUNT; index++) {
    const { status, headers, text } = await proxy.get(`${path}?shard=${index}/${COUNT}`)
    expect([status, headers['content-type']]).toEqual([200, contentType])
    answers.push(text)
  }
  return answers
}

const samplesOf = (text: string): string[] =>
  text.split('\n').filter(line => line !== '' && !line.startsWith('#'))

describe.each(['/metrics', '/metrics/all', '/metrics/added'])('the shards of %s', path => {
  test('are together the whole, each series once', async () => {
    const parts = await shards(path)
    expect(parts.flatMap(samplesOf).sort()).toEqual(SAMPLES)
    for (const part of parts) expect(samplesOf(part).length).toBeGreaterThan(SAMPLES.length / COUNT / 2)
  })

  test('have the metadata of the families of which they have samples', async () => {
    for (const part of await shards(path)) {
      expect(part).toContain('# HELP hits_total Hits.\n# TYPE hits_total counter\nhits_total{')
      expect(part.includes('# TYPE up gauge\n')).toBe(part.includes('\nup 1\n'))
    }
  })

  test('are the same again, and when the application prints its labels in another order', async () => {
    const before = (await shards(path)).map(samplesOf)
    proxy.clock.now += 3_600_000
    body = SERIES.map(line => line.replace(/\{(path="[^"]*"),(user="ü\d")\}/, '{$2,$1}')).join('\n')
    const after = (await shards(path)).map(samplesOf)
    const paths = (part: readonly string[]) =>
      part.map(line => /path="[^"]*"/.exec(line)?.[0] ?? '').filter(Boolean)
    expect(after.map(paths)).toEqual(before.map(paths))
  })

  test('of OpenMetrics have its end each', async () => {
    contentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
    body = `${BODY.replaceAll('hits_total Hits', 'hits Hits').replace('hits_total counter', 'hits counter')}# EOF\n`
    const parts = await shards(path)
    for (const part of parts) expect(part).toMatch(/\n# EOF\n$/)
    expect(parts.flatMap(samplesOf).sort()).toEqual(SAMPLES)
  })
})

test('the parameter is not for the application; others are, as they came', async () => {
  await proxy.get('/metrics?collect[]=x&shard=0/2&y=%20')
  expect(application.requests[0]?.url).toBe('/metrics?collect[]=x&y=%20')
})

test('all shards and the whole share one scrape for subsets', async () => {
  await proxy.get('/metrics')
  await shards('/metrics/all')
  expect(application.requests).toHaveLength(1)
})

test.each(['', '1', '2/2', '-1/2', '0/0', 'a/b', '0/2/3', '0/9999', '0/1e1'])(
  '%j is no shard: 400',
  async value => {
    for (const path of ['/metrics', '/metrics/all']) {
      const { status, text } = await proxy.get(`${path}?shard=${value}`)
      expect([status, text]).toEqual([
        400,
        `shard: expected one i/N, such as 0/4, with i from 0 to N - 1 and N up to 1024; got ${JSON.stringify(value)}\n`,
      ])
    }
    expect(application.requests).toHaveLength(0)
  },
)

test('two shards at once are none', async () => {
  expect((await proxy.get('/metrics?shard=0/2&shard=1/2')).status).toBe(400)
})
