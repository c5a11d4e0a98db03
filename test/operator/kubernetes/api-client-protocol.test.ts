import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import { tokenConfig } from '../../cluster/control-plane/access.ts'
import { createCredentials } from '../../cluster/control-plane/credentials.ts'
import { ManualClock } from '../controller/support/clocks.ts'

test('HTTP/1.1 is spoken with a server that prefers HTTP/2: no watch shares a connection with another', async () => {
  const { servingKey, servingCertificate, caCertificate } = await createCredentials()
  const server = createSecureServer(
    { key: servingKey, cert: servingCertificate, allowHTTP1: true },
    (request, response) => response.end(JSON.stringify(request.httpVersion)),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const config = tokenConfig(`https://127.0.0.1:${port}`, caCertificate, 'test', 'secret')
  const client = new ApiClient(config, { clock: new ManualClock(), userAgent: 'test' })
  try {
    expect(await client.json({ path: '/version' })).toBe('1.1')
  } finally {
    await client.close()
    server.close()
  }
})
