import { afterEach, expect, test } from '@jest/globals'
import { stampSamples } from '../../../proxy/server/subset-timestamps.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const AT_MS = 1_700_000_000_500
const stamped = (text: string, format: 'text' | 'openmetrics') =>
  Buffer.from(stampSamples(Buffer.from(text), format, AT_MS)).toString()

test.each([
  ['a 1\n', 'a 1 1700000000500\n'],
  [
    '# HELP a ü\n# TYPE a gauge\na{x="ü"}  1.50 \n',
    '# HELP a ü\n# TYPE a gauge\na{x="ü"} 1.50 1700000000500\n',
  ],
  ['a 1 5\n', 'a 1 5\n'],
  ['a{\nb 1\n', 'a{\nb 1 1700000000500\n'],
  ['a 1', 'a 1 1700000000500\n'],
  ['', ''],
])('text: %j becomes %j', (text, expected) => expect(stamped(text, 'text')).toBe(expected))

test.each([
  ['a 1\n# EOF\n', 'a 1 1700000000.5\n# EOF\n'],
  ['a_total{x="1"} 1 # {id="ü"} 1 2\n', 'a_total{x="1"} 1 1700000000.5 # {id="ü"} 1 2\n'],
  ['a_total 1 7 # {id="x"} 1\n', 'a_total 1 7 # {id="x"} 1\n'],
])('OpenMetrics: %j becomes %j', (text, expected) => expect(stamped(text, 'openmetrics')).toBe(expected))

let application: Application | undefined
let proxy: TestProxy | undefined

afterEach(async () => {
  await proxy?.stop()
  await application?.stop()
})

test('subsets have the time of their scrape if that is asked for; the main output has not', async () => {
  application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end('a 1\n'),
  )
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    subsets: [{ name: 'all' }],
    subset_timestamps: true,
  })
  const atMs = proxy.clock.now
  expect((await proxy.get('/metrics')).text).toBe('a 1\n')
  proxy.clock.now += 1000
  expect((await proxy.get('/metrics/all')).text).toBe(`a 1 ${atMs}\n`)
})
