import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { TargetPool } from '../../../proxy/upstream/target-pool.ts'
import type { Upstream } from '../../../proxy/upstream/upstream.ts'
import { type Application, startApplication, startTlsApplication } from './application.ts'
import { certificateFor } from './certificate.ts'
import { iterated, requestWith } from './clients.ts'

let application: Application
let pool: TargetPool

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader('content-type', 'text/plain').end(`host ${request.headers.host}\n`)
}

afterEach(async () => {
  await pool.close()
  await application.stop()
})

const scrape = async (upstream: Upstream | undefined): Promise<string> => {
  if (upstream === undefined) throw new Error('there is no such target')
  return iterated(await upstream.open(requestWith()))
}

describe('over http', () => {
  beforeEach(async () => {
    application = await startApplication(answer)
    pool = new TargetPool(1, { insecureSkipVerify: false })
  })

  const at = (...hosts: string[]) =>
    pool.update(hosts.map(host => ({ url: 'http://app.ns:80/m', address: { host, port: application.port } })))

  test('the request goes to the address and names the name', async () => {
    const [target] = await at('127.0.0.1')
    expect(target?.id).toBe(`127.0.0.1:${application.port}`)
    expect(await scrape(target?.upstream)).toBe('host app.ns\n')
    expect(application.requests[0]?.url).toBe('/m')
  })

  test('a target that stays keeps its connection', async () => {
    const [first] = await at('127.0.0.1')
    await scrape(first?.upstream)
    const [again] = await at('127.0.0.1', '127.0.0.1', '127.0.0.2')
    await scrape(again?.upstream)
    expect(application.connections()).toBe(1)
  })

  test('targets are ordered by their ids', async () => {
    const ids = (await at('127.0.0.2', '::1', '127.0.0.1')).map(({ id }) => id.replace(/:\d+$/, ''))
    expect(ids).toEqual(['127.0.0.1', '127.0.0.2', '[::1]'])
  })

  test('errors name the address that was asked', async () => {
    const [target] = await pool.update([{ url: 'http://app/m', address: { host: '127.0.0.1', port: 1 } }])
    await expect(scrape(target?.upstream)).rejects.toThrow(
      'upstream http://127.0.0.1:1/m: connection refused; is the application listening on that port?',
    )
  })
})

test('over https the certificate is that of the name, which the server is told', async () => {
  const { cert, key } = await certificateFor('app.ns')
  let servername: unknown
  application = await startTlsApplication({ cert, key }, (request, response) => {
    servername = (request.socket as TLSSocket & { servername: unknown }).servername
    answer(request, response)
  })
  const { port } = application
  pool = new TargetPool(1, { insecureSkipVerify: false, ca: cert })
  const [target] = await pool.update([
    { url: `https://app.ns:${port}/m`, address: { host: '127.0.0.1', port } },
  ])
  expect(await scrape(target?.upstream)).toBe(`host app.ns:${port}\n`)
  expect(servername).toBe('app.ns')
  const impostor = new TargetPool(1, { insecureSkipVerify: false, ca: cert })
  const [other] = await impostor.update([
    { url: `https://b.ns:${port}/m`, address: { host: '127.0.0.1', port } },
  ])
  await expect(scrape(other?.upstream)).rejects.toMatchObject({ code: 'E_UPSTREAM_TLS' })
  await impostor.close()
})
