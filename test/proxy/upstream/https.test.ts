import type { TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { openUpstream, type UpstreamOptions } from '../../../proxy/upstream/open.ts'
import type { Upstream, UpstreamResponse } from '../../../proxy/upstream/upstream.ts'
import { type Application, startApplication, startTlsApplication } from './application.ts'
import { certificateFor, type TestCertificate } from './certificate.ts'
import { iterated, requestWith } from './clients.ts'

let application: Application
let upstream: Upstream

afterEach(async () => {
  await upstream.close()
  await application.stop()
})

function open(): Promise<UpstreamResponse> {
  return upstream.open(requestWith())
}

describe('https', () => {
  let certificate: TestCertificate

  beforeAll(async () => {
    certificate = await certificateFor('app.example')
  })

  async function serveTls(options: Partial<UpstreamOptions>): Promise<void> {
    application = await startTlsApplication(certificate, (_, response) => response.end('secret'))
    upstream = await openUpstream({
      url: `https://127.0.0.1:${application.port}/metrics`,
      insecureSkipVerify: false,
      ...options,
    })
  }

  test('trusts ca_file for server_name', async () => {
    await serveTls({ ca: certificate.cert, serverName: 'app.example' })
    expect(await iterated(await open())).toBe('secret')
  })

  test('trusts anything with insecure_skip_verify', async () => {
    await serveTls({ insecureSkipVerify: true })
    expect(await iterated(await open())).toBe('secret')
  })

  test('refuses an authority that it does not know, and says what can be set', async () => {
    await serveTls({ serverName: 'app.example' })
    await expect(open()).rejects.toMatchObject({
      code: 'E_UPSTREAM_TLS',
      message: expect.stringMatching(/the certificate is refused .* set tls_config \(ca_file, server_name\)/),
    })
  })

  test('refuses a certificate for another name', async () => {
    await serveTls({ ca: certificate.cert })
    await expect(open()).rejects.toMatchObject({ code: 'E_UPSTREAM_TLS' })
  })

  test('speaks HTTP/1.1, although the application would prefer HTTP/2', async () => {
    const tls = { ...certificate, ALPNProtocols: ['h2', 'http/1.1'] }
    application = await startTlsApplication(tls, ({ socket }, response) =>
      response.end((socket as TLSSocket).alpnProtocol),
    )
    upstream = await openUpstream({
      url: `https://127.0.0.1:${application.port}/`,
      insecureSkipVerify: true,
    })
    expect(await iterated(await open())).toBe('http/1.1')
  })

  test('says so where the application speaks plain http', async () => {
    application = await startApplication((_, response) => response.end())
    upstream = await openUpstream({
      url: `https://127.0.0.1:${application.port}/`,
      insecureSkipVerify: false,
    })
    await expect(open()).rejects.toMatchObject({
      code: 'E_UPSTREAM_TLS',
      message: expect.stringContaining('does the application serve https?'),
    })
  })
})
