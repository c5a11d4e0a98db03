import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { constants, gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { codeOf } from '../../../proxy/errors.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

/** More than sockets hold, so that writes wait for slow readers. No two parts of it are equal. */
const BODY = Buffer.from(Array.from({ length: 600_000 }, (_, i) => `m{i="${i}"} ${i}\n`).join(''))

/** What a client does. */
interface Plan {
  readonly gzip: boolean
  /** It asks so many turns of the event loop after the first one. */
  readonly joinsAfter: number
  /** How many turns it takes for each chunk, and once somewhere in the body. */
  readonly turns: number
  readonly rest: { readonly after: number; readonly turns: number }
  /** After how much it leaves. */
  readonly leavesAfter: number | null
}

const bytes = fc.nat(BODY.length)
const plan: fc.Arbitrary<Plan> = fc.record({
  gzip: fc.boolean(),
  joinsAfter: fc.nat(30),
  turns: fc.constantFrom(0, 0, 0, 1, 3),
  rest: fc.record({ after: bytes, turns: fc.constantFrom(0, 100, 400) }),
  leavesAfter: fc.option(bytes, { freq: 3 }),
})

const wait = async (turns: number): Promise<void> => {
  for (let turn = 0; turn < turns; turn++) await setImmediate()
}

let application: Application
let proxy: TestProxy

beforeEach(async () => {
  application = await startApplication((_, response: ServerResponse) =>
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(BODY),
  )
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

/** All that a client receives, until the end, or until it leaves or is cut off. */
async function follow({ gzip, joinsAfter, turns, rest, leavesAfter }: Plan): Promise<Buffer> {
  await wait(joinsAfter)
  const headers = gzip ? { 'accept-encoding': 'gzip' } : {}
  const request = httpRequest({
    port: proxy.port,
    host: '127.0.0.1',
    path: '/metrics',
    headers,
    agent: false,
  })
  request.end()
  const [response]: IncomingMessage[] = await once(request, 'response')
  const chunks: Buffer[] = []
  let received = 0
  try {
    for await (const chunk of response ?? []) {
      chunks.push(chunk)
      const before = received
      received += chunk.length
      if (leavesAfter !== null && received > leavesAfter) break
      await wait(before <= rest.after && rest.after < received ? rest.turns : turns)
    }
  } catch (error) {
    // It was too slow for the others.
    if (codeOf(error) !== 'ECONNRESET') throw error
  }
  const whole = Buffer.concat(chunks)
  return gzip ? gunzipSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }) : whole
}

test.each([
  ['as it came', []],
  ['filtered', [{ action: 'keep' as const, source_labels: ['__name__'], regex: 'm' }]],
])(
  'whoever reads how fast, joins and leaves: every byte is right, %s',
  async (_, metric_relabel_configs) => {
    proxy = await startProxy({
      upstream_url: `http://127.0.0.1:${application.port}/metrics`,
      prometheus: { max_input_bytes_per_scrape: 0, max_output_bytes_per_scrape: 0 },
      metric_relabel_configs,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 4 }), async plans => {
        const received = await Promise.all(plans.map(follow))
        for (const text of received) expect(text.equals(BODY.subarray(0, text.length))).toBe(true)
        for (const [index, { leavesAfter }] of plans.entries())
          if (leavesAfter === null && plans.length === 1) expect(received[index]?.length).toBe(BODY.length)
      }),
      { numRuns: 8 },
    )
  },
  120_000,
)
