import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseContentType } from '../../proxy/exposition/format.ts'
import { readStrictly, sumSeries } from '../proxy/exposition/strict-reader.ts'
import { startProxy, type TestProxy } from '../proxy/server/proxy.ts'
import { type Application, startApplication } from '../proxy/upstream/application.ts'
import { contentTypeOf, expectedSums, readVectors, type Vector } from './scrape-vectors.ts'

/** Every twentieth case goes through HTTP; another test of this folder runs all of them. */
const STRIDE = 20

const vectors = readVectors().filter((_, index) => index % STRIDE === 0)

let application: Application
let proxy: TestProxy
let current: Vector

beforeAll(async () => {
  application = await startApplication((_, response) =>
    response.setHeader('content-type', current.content_type).end(current.body),
  )
  proxy = await startProxy(undefined)
})

afterAll(async () => {
  await proxy.stop()
  await application.stop()
})

/** Scrapes a case through a proxy with its rules, for the main output and, by a subset with the same rules, again. */
async function scrape(vector: Vector) {
  current = vector
  const { metric_relabel_configs } = vector
  const upstream_url = `http://127.0.0.1:${application.port}/metrics`
  const subsets = [{ name: 'same', metric_relabel_configs }]
  await proxy.configure(JSON.stringify({ upstream_url, metric_relabel_configs, subsets }))
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
  return {
    main: await proxy.get('/metrics', { accept }),
    subset: await proxy.get('/metrics/same', { accept }),
  }
}

describe('the series that remain, with their sums', () => {
  test.each(vectors.filter(({ expected }) => expected !== undefined))('$name', async vector => {
    const { main, subset } = await scrape(vector)
    const { format } = contentTypeOf(vector)
    expect([main.status, parseContentType(main.headers['content-type'])?.format]).toEqual([200, format])
    expect(sumSeries(readStrictly(main.body, format).samples)).toEqual(expectedSums(vector))
    expect(subset.text).toBe(main.text)
  })
})

describe('what Prometheus refuses arrives, so that it refuses it', () => {
  test.each(vectors.filter(({ expected }) => expected === undefined))('$name', async vector => {
    const { main } = await scrape(vector)
    expect(main.status).toBe(200)
    expect(() => readStrictly(main.body, contentTypeOf(vector).format)).toThrow('no timestamp')
  })
})
