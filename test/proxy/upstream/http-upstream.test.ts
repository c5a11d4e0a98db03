import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../../../proxy/upstream/upstream.ts'
import { type Application, startApplication } from './application.ts'
import { CLIENTS, iterated, requestWith } from './clients.ts'

describe.each(CLIENTS)('%s', (_client, upstreamAt) => {
  let application: Application
  let upstream: Upstream

  afterEach(async () => {
    await upstream.close()
    await application.stop()
  })

  async function serve(answer: RequestListener, path = '/metrics'): Promise<void> {
    application = await startApplication(answer)
    upstream = upstreamAt(`http://127.0.0.1:${application.port}${path}`)
  }

  function open(request: Partial<UpstreamRequest> = {}): Promise<UpstreamResponse> {
    return upstream.open(requestWith(request))
  }

  describe('a request', () => {
    test('goes to the path of the URL, with the headers that are given, and asks for no encoding', async () => {
      await serve((_, response) => response.end())
      await iterated(await open({ headers: { accept: 'text/plain', authorization: 'Bearer t' } }))
      const [request] = application.requests
      expect([request?.method, request?.url]).toEqual(['GET', '/metrics'])
      expect(request?.headers).toMatchObject({
        accept: 'text/plain',
        authorization: 'Bearer t',
        'accept-encoding': 'identity',
      })
    })

    test.each([
      ['/metrics', 'a=1', '/metrics?a=1'],
      ['/metrics?x=y', '', '/metrics?x=y'],
      ['/metrics?x=y', 'a=1&collect[]=%20b', '/metrics?x=y&a=1&collect[]=%20b'],
    ])('to %s with query %j asks for %s', async (path, query, target) => {
      await serve((_, response) => response.end(), path)
      await iterated(await open({ query }))
      expect(application.requests[0]?.url).toBe(target)
    })

    test('uses a connection that is kept', async () => {
      await serve((_, response) => response.end('x'))
      for (let round = 0; round < 10; round++) await iterated(await open())
      // A request in the same turn in which the last one ended finds its connection busy, and opens a second one.
      expect(application.connections()).toBeLessThanOrEqual(2)
    })

    test('is sent again when the application had just closed the kept connection', async () => {
      const known = new Set<Socket>()
      const closed: Socket[] = []
      await serve(({ socket }, response) => {
        if (known.has(socket) && closed.length === 0) {
          closed.push(socket)
          socket.destroy()
        } else response.end('x')
        known.add(socket)
      })
      for (let round = 0; round < 3; round++) expect(await iterated(await open())).toBe('x')
      expect(closed).toHaveLength(1)
      expect(application.requests).toHaveLength(4)
    })
  })

  describe('a response', () => {
    test('has its status, whatever it is, its content type and its body', async () => {
      await serve((_, response) =>
        response.writeHead(418, { 'content-type': 'text/x' }).end('short and stout'),
      )
      const response = await open()
      expect([response.status, response.contentType, await iterated(response)]).toEqual([
        418,
        'text/x',
        'short and stout',
      ])
    })

    test('whose sink throws ends with what it throws', async () => {
      await serve((_, response) => response.end('x'))
      const { body } = await open()
      const error = new Error('of the sink')
      const pumping = body.pump(() => {
        throw error
      })
      await expect(pumping).rejects.toBe(error)
    })

    test('may lack a content type', async () => {
      await serve((_, response) => response.end('x'))
      const response = await open()
      expect([response.contentType, await iterated(response)]).toEqual([undefined, 'x'])
    })

    test('is decoded where the application compresses although nothing was asked for', async () => {
      await serve((_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('up 1\n')),
      )
      expect(await iterated(await open())).toBe('up 1\n')
    })

    test('in an encoding that cannot be read is an error', async () => {
      await serve((_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x'))
      await expect(open()).rejects.toMatchObject({
        code: 'E_UPSTREAM_ENCODING',
        message: expect.stringContaining('the body has Content-Encoding "br"'),
      })
    })

    test('whose gzip is broken is an error of the body', async () => {
      await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'))
      await expect(iterated(await open())).rejects.toMatchObject({ code: 'E_UPSTREAM_BODY' })
    })
  })

  describe('redirects', () => {
    test('within the application are followed, and the query is not repeated', async () => {
      await serve((request, response) => {
        if (request.url?.startsWith('/metrics')) response.writeHead(302, { location: '/real?y=2' }).end()
        else response.end(request.url)
      })
      expect(await iterated(await open({ query: 'x=1' }))).toBe('/real?y=2')
    })

    test('to elsewhere are refused, so that credentials stay here', async () => {
      await serve((_, response) => response.writeHead(301, { location: 'http://other:80/metrics' }).end())
      await expect(open()).rejects.toMatchObject({
        code: 'E_UPSTREAM_REDIRECT',
        message: `upstream ${upstream.url}: redirects to "http://other:80/metrics", which is another origin; set upstream_url to it if it is meant`,
      })
    })

    test('that never end are refused', async () => {
      await serve((_, response) => response.writeHead(307, { location: '/metrics' }).end())
      await expect(open()).rejects.toMatchObject({ code: 'E_UPSTREAM_REDIRECT' })
      expect(application.requests).toHaveLength(6)
    })
  })

  describe('a signal', () => {
    test('ends a request that has no answer, with its reason', async () => {
      const controller = new AbortController()
      await serve(() => controller.abort(new Error('enough')))
      await expect(open({ signal: controller.signal })).rejects.toThrow('enough')
    })

    test('ends a body that is under way, with its reason', async () => {
      const controller = new AbortController()
      await serve((_, response) => response.write('half'))
      const { body } = await open({ signal: controller.signal })
      const read = async () => {
        for await (const _ of body) controller.abort(new Error('enough'))
      }
      await expect(read()).rejects.toThrow('enough')
    })
  })

  test('an application that does not listen is named, with what to look at', async () => {
    await serve((_, response) => response.end())
    await application.stop()
    application = await startApplication(() => undefined)
    await expect(open()).rejects.toMatchObject({
      code: 'E_UPSTREAM_CONNECT',
      message: `upstream ${upstream.url}: connection refused; is the application listening on that port?`,
    })
  })
})
