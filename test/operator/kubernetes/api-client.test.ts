import { afterEach, describe, expect, test } from '@jest/globals'
import { ApiClient, type Fence } from '../../../operator/kubernetes/api-client.ts'
import { ApiError } from '../../../operator/kubernetes/api-error.ts'
import { ManualClock } from '../controller/support/clocks.ts'
import { eventually } from '../controller/support/eventually.ts'
import { cut, json, ScriptedApi, type Step, silence, status } from '../controller/support/scripted-api.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function clientOf(...steps: Step[]) {
  const api = await ScriptedApi.start(...steps)
  const clock = new ManualClock()
  const seen: string[] = []
  const config = api.kubeConfig
  const authenticate = config.applySecurityAuthentication.bind(config)
  let authentications = 0
  config.applySecurityAuthentication = context => {
    authentications += 1
    return authenticate(context)
  }
  const client = new ApiClient(config, {
    clock,
    userAgent: 'metricgate-test/1',
    observe: ({ method = 'GET' }, code) => seen.push(`${method} ${code}`),
  })
  closing.push(
    () => api[Symbol.asyncDispose](),
    () => client.close(),
  )
  return { api, client, clock, seen, authentications: () => authentications }
}

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error(`not an ApiError: ${error}`)
  return error
}

describe('a request', () => {
  test('carries method, query, body, token and content type', async () => {
    let received: unknown
    const { client, api } = await clientOf((response, request) => {
      const { method, headers } = request
      received = {
        method,
        authorization: headers.authorization,
        type: headers['content-type'],
        agent: headers['user-agent'],
      }
      json(200, {})(response, request)
    })
    const query = { force: true, fieldManager: 'a b', absent: undefined }
    await client.json({
      method: 'PATCH',
      path: '/api/v1/x',
      query,
      body: { a: 1 },
      contentType: 'application/apply-patch+yaml',
    })
    expect(received).toEqual({
      method: 'PATCH',
      authorization: 'Bearer secret',
      type: 'application/apply-patch+yaml',
      agent: 'metricgate-test/1',
    })
    expect(api.requests[0]?.search).toBe('?force=true&fieldManager=a+b')
  })

  test('uses the connections of those before it', async () => {
    const { client, api } = await clientOf(...Array<Step>(20).fill(json(200, {})))
    for (let i = 0; i < 20; i++) await client.json({ path: '/x' })
    expect(await api.connections()).toBeLessThanOrEqual(2)
  })

  test('is told of, with its status; 0 is no answer', async () => {
    const { client, seen } = await clientOf(json(200, {}), status(404, 'NotFound'), cut)
    await client.json({ path: '/x' })
    await failureOf(client.json({ path: '/x' }))
    await failureOf(client.json({ path: '/x', method: 'DELETE' }))
    expect(seen).toEqual(['GET 200', 'GET 404', 'DELETE 0'])
  })
})

describe('a failure says what was attempted and what came back', () => {
  const failures: Record<string, { step: Step; message: RegExp; code: string }> = {
    'a Status object': {
      step: status(403, 'Forbidden', { message: 'pods is forbidden: User "x" cannot list' }),
      message: /^GET \/x: 403 Forbidden: pods is forbidden: User "x" cannot list$/,
      code: 'E_API_STATUS',
    },
    'text of a proxy in between': {
      step: response => response.writeHead(502).end('Bad Gateway\n'),
      message: /^GET \/x: 502: Bad Gateway$/,
      code: 'E_API_STATUS',
    },
    'no JSON': {
      step: response => response.end('<html>'),
      message: /^GET \/x: the answer is not JSON: <html>$/,
      code: 'E_API_RESPONSE',
    },
    'no answer': { step: cut, message: /^GET \/x: other side closed$/, code: 'E_API_UNREACHABLE' },
  }
  test.each(Object.entries(failures))('%s', async (_name, { step, message, code }) => {
    const { client } = await clientOf(step)
    const error = await failureOf(client.json({ path: '/x' }))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
  })
})

describe('how long the server asks us to wait', () => {
  test.each([
    { by: 'details', step: status(429, 'TooManyRequests', { details: { retryAfterSeconds: 3 } }), ms: 3000 },
    { by: 'Retry-After', step: withRetryAfter('4'), ms: 4000 },
    { by: 'an unreasonable Retry-After', step: withRetryAfter('86400'), ms: 60_000 },
    { by: 'a date, which is not understood', step: withRetryAfter('Wed, 21 Oct 2026 07:28:00 GMT'), ms: 0 },
    { by: 'nothing', step: status(500, 'InternalError'), ms: 0 },
  ])('$by: $ms ms', async ({ step, ms }) => {
    const { client } = await clientOf(step)
    expect((await failureOf(client.json({ path: '/x' }))).retryAfterMs).toBe(ms)
  })

  function withRetryAfter(value: string): Step {
    return response => response.writeHead(503, { 'Retry-After': value }).end()
  }
})

describe('credentials', () => {
  test('are kept for a minute', async () => {
    const { client, clock, authentications } = await clientOf(json(200, {}), json(200, {}), json(200, {}))
    await client.json({ path: '/x' })
    await clock.advance(59_000)
    await client.json({ path: '/x' })
    expect(authentications()).toBe(1)
    await clock.advance(1000)
    await client.json({ path: '/x' })
    expect(authentications()).toBe(2)
  })

  test.each([
    ['refused', status(401, 'Unauthorized')],
    ['no answer', cut],
  ])('are read again after a request that was %s', async (_name, step) => {
    const { client, authentications } = await clientOf(step, json(200, {}))
    await failureOf(client.json({ path: '/x' }))
    await client.json({ path: '/x' })
    expect(authentications()).toBe(2)
  })
})

describe('close', () => {
  test('ends what runs, refuses what comes, and leaves no connection', async () => {
    const { client, api } = await clientOf(silence)
    const running = failureOf(client.json({ path: '/x' }))
    await eventually(() => expect(api.requests).toHaveLength(1))
    await client.close()
    expect((await running).code).toBe('E_API_UNREACHABLE')
    expect((await failureOf(client.json({ path: '/x' }))).message).toBe('GET /x: the client is closed')
    await eventually(async () => expect(await api.connections()).toBe(0))
  })
})

describe('behind a fence', () => {
  class Gate implements Fence {
    readonly #closing = new AbortController()
    isOpen = true

    get signal(): AbortSignal {
      return this.#closing.signal
    }

    check(): void {
      if (!this.isOpen) throw new Error('the fence is closed')
    }

    /** `tell`: requests that are under way hear of it; a process that was stopped meanwhile finds out only when it asks. */
    close({ tell }: { tell: boolean }): void {
      this.isOpen = false
      if (tell) this.#closing.abort(new Error('the fence is closed'))
    }
  }

  const write = { method: 'PATCH', path: '/x', body: {} } as const

  async function fenced(...steps: Step[]) {
    const api = await ScriptedApi.start(...steps)
    const config = api.kubeConfig
    const fence = new Gate()
    const credentials = Promise.withResolvers<void>()
    let isHeldUp = false
    const authenticate = config.applySecurityAuthentication.bind(config)
    config.applySecurityAuthentication = async context => {
      isHeldUp = true
      await credentials.promise
      return authenticate(context)
    }
    const client = new ApiClient(config, { clock: new ManualClock(), userAgent: 'test', fence })
    closing.push(
      () => api[Symbol.asyncDispose](),
      () => client.close(),
    )
    return { api, client, fence, release: credentials.resolve, isHeldUp: () => isHeldUp }
  }

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('no %s is sent while it is closed', async method => {
    const { api, client, fence, release } = await fenced(json(200, {}))
    release()
    fence.close({ tell: true })
    await expect(client.json({ method, path: '/x' })).rejects.toThrow('the fence is closed')
    expect(api.requests).toEqual([])
  })

  test('reading goes on', async () => {
    const { client, fence, release } = await fenced(json(200, { a: 1 }))
    release()
    fence.close({ tell: true })
    expect(await client.json({ path: '/x' })).toEqual({ a: 1 })
  })

  test('changes are sent while it is open', async () => {
    const { client, release } = await fenced(json(200, { a: 1 }))
    release()
    expect(await client.json(write)).toEqual({ a: 1 })
  })

  test('what waits for credentials or a connection when it closes is not sent, even if nobody has told of it', async () => {
    const { api, client, fence, release, isHeldUp } = await fenced(json(200, {}))
    const answer = client.json(write)
    await eventually(() => expect(isHeldUp()).toBe(true))
    fence.close({ tell: false })
    release()
    await expect(answer).rejects.toThrow('the fence is closed')
    expect(api.requests).toEqual([])
  })

  test('what is under way when it closes is broken off, and says why', async () => {
    const { api, client, fence, release } = await fenced(silence)
    release()
    const answer = client.json(write)
    await eventually(() => expect(api.requests).toHaveLength(1))
    const refusal = expect(answer).rejects.toThrow('the fence is closed')
    fence.close({ tell: true })
    await eventually(async () => expect(await api.connections()).toBe(0))
    await refusal
  })

  test('connections are as good as before afterwards', async () => {
    const { client, fence, release } = await fenced(json(200, { a: 1 }), json(200, { a: 2 }))
    release()
    await client.json(write)
    fence.close({ tell: false })
    await expect(client.json(write)).rejects.toThrow('the fence is closed')
    fence.isOpen = true
    expect(await client.json(write)).toEqual({ a: 2 })
  })
})
