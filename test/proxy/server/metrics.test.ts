import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8'
const DROP_B: ProxyConfigFile['metric_relabel_configs'] = [
  { action: 'drop', source_labels: ['__name__'], regex: 'b' },
]
const DROP_PATH: ProxyConfigFile['metric_relabel_configs'] = [{ action: 'labeldrop', regex: 'path' }]

let application: Application
let proxy: TestProxy

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

async function start(answer: RequestListener, config: Partial<ProxyConfigFile> = {}): Promise<void> {
  application = await startApplication(answer)
  proxy = await startProxy({ upstream_url: `http://127.0.0.1:${application.port}/metrics`, ...config })
}

function exposing(body: string, contentType = TEXT): RequestListener {
  return (_, response) => response.setHeader('content-type', contentType).end(body)
}

describe('a scrape', () => {
  test('without rules passes every byte', async () => {
    await start(exposing('# comment\n\na   1\nnot a line\n'))
    const { status, text } = await proxy.get('/metrics')
    expect([status, text]).toEqual([200, '# comment\n\na   1\nnot a line\n'])
  })

  test('has its rules applied', async () => {
    await start(exposing('a{path="/x"} 1\na{path="/y"} 2\n'), { metric_relabel_configs: DROP_PATH })
    expect((await proxy.get('/metrics')).text).toBe('a 3\n')
  })

  test.each([TEXT, OPEN_METRICS, 'text/plain', 'text/plain; version=0.0.5'])(
    'answers in the format that came: %s',
    async contentType => {
      await start(exposing('a 1\n# EOF\n', contentType))
      expect((await proxy.get('/metrics')).headers['content-type']).toBe(contentType)
    },
  )

  test('is compressed for clients that ask for it', async () => {
    await start(exposing('a 1\n'))
    const { headers, body } = await proxy.get('/metrics', { 'accept-encoding': 'br, gzip;q=0.5' })
    expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'accept-encoding'])
    expect(gunzipSync(body).toString()).toBe('a 1\n')
  })

  test.each([{}, { 'accept-encoding': 'gzip;q=0' }, { 'accept-encoding': 'br' }])(
    'is plain for %j',
    async headers => {
      await start(exposing('a 1\n'))
      const answer = await proxy.get('/metrics', headers)
      expect([answer.headers['content-encoding'], answer.text]).toEqual([undefined, 'a 1\n'])
    },
  )

  test('by HEAD has the same head and no body', async () => {
    await start(exposing('a 1\n'))
    const { status, headers, text } = await proxy.get('/metrics', {}, 'HEAD')
    expect([status, headers['content-type'], text]).toEqual([200, TEXT, ''])
  })

  test('may be of nothing at all', async () => {
    await start(exposing(''), { metric_relabel_configs: DROP_B })
    const { status, text } = await proxy.get('/metrics')
    expect([status, text]).toEqual([200, ''])
  })

  test('begins to arrive while the body is still under way, where rules only keep and drop', async () => {
    let finish = (): void => undefined
    const answer: RequestListener = (_, response) => {
      response.setHeader('content-type', TEXT)
      response.write(`${'a{x="1"} 1\n'.repeat(20_000)}`)
      finish = () => response.end('b 1\nc 1\n')
    }
    await start(answer, { metric_relabel_configs: DROP_B })
    const response = await fetch(`http://127.0.0.1:${proxy.port}/metrics`, {
      headers: { 'accept-encoding': 'identity' },
    })
    const reader = response.body?.getReader()
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0)
    finish()
    let rest = ''
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      rest += Buffer.from(part.value).toString()
    expect(rest).toMatch(/\nc 1\n$/)
    expect(rest).not.toMatch(/\nb 1\n/)
  })
})

describe('what the application is asked', () => {
  const ask = async (
    path: string,
    headers: Record<string, string>,
    config: Partial<ProxyConfigFile> = {},
  ) => {
    await start(exposing('a 1\n'), config)
    await proxy.get(path, headers)
    return application.requests[0]
  }

  test('the query of the client', async () =>
    expect((await ask('/metrics?collect[]=cpu&x=%20', {}))?.url).toBe('/metrics?collect[]=cpu&x=%20'))

  test('its formats, without those that cannot be filtered', async () => {
    const accept =
      'application/vnd.google.protobuf;q=1,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.1'
    expect((await ask('/metrics', { accept }))?.headers.accept).toBe(
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.1',
    )
  })

  test('with its authorization, user agent and what is left of its time', async () => {
    const headers = {
      authorization: 'Basic eDp5',
      'user-agent': 'Prometheus/3.14.0',
      'x-prometheus-scrape-timeout-seconds': '10',
    }
    expect((await ask('/metrics', headers))?.headers).toMatchObject({
      ...headers,
      'x-prometheus-scrape-timeout-seconds': '9.5',
    })
  })

  test('but not with its cookies or other headers', async () => {
    const request = await ask('/metrics', { cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', te: 'trailers' })
    expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
      'x-prometheus-scrape-timeout-seconds',
    ])
  })

  describe('a token file', () => {
    let directory: string

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'metricgate-token-'))
    })

    afterEach(() => rm(directory, { recursive: true }))

    test('goes before the client’s authorization', async () => {
      const path = join(directory, 'token')
      await writeFile(path, 'abc\n')
      const request = await ask('/metrics', { authorization: 'Basic eDp5' }, { bearer_token_file: path })
      expect(request?.headers.authorization).toBe('Bearer abc')
    })

    test('that cannot be read is named, and the application is not asked', async () => {
      const path = join(directory, 'nowhere')
      expect(
        await ask('/metrics', { authorization: 'Basic eDp5' }, { bearer_token_file: path }),
      ).toBeUndefined()
      const { status, text } = await proxy.get('/metrics')
      expect([status, text]).toEqual([502, expect.stringMatching(`^bearer_token_file: .*${path}`)])
    })
  })
})

test('a scrape in flight finishes on the rules that it began with', async () => {
  let finish = (): void => undefined
  let begun = (): void => undefined
  const hasBegun = new Promise<void>(resolve => (begun = resolve))
  const answer: RequestListener = (_, response) => {
    response.setHeader('content-type', TEXT)
    response.write('a 1\n')
    finish = () => response.end('b 1\n')
    begun()
  }
  await start(answer, { metric_relabel_configs: DROP_B })
  const first = proxy.get('/metrics')
  await hasBegun
  await proxy.configure({ upstream_url: `http://127.0.0.1:${application.port}/metrics` })
  finish()
  expect((await first).text).toBe('a 1\n')
  const second = proxy.get('/metrics')
  await new Promise<void>(resolve => (begun = resolve))
  finish()
  expect((await second).text).toBe('a 1\nb 1\n')
})
