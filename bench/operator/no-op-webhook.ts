import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createCredentials } from '../../test/cluster/control-plane/credentials.ts'

// A process of its own: the least that a webhook in Node can be. It lets everything in as it is.

const { caCertificate, servingCertificate, servingKey } = await createCredentials()
let calls = 0

const server = createServer({ cert: servingCertificate, key: servingKey }, async (request, response) => {
  const body = Buffer.concat(await request.toArray()).toString()
  const { uid } = JSON.parse(body).request
  calls++
  const answer = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true },
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(answer))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

/** What it greets with: where it is, and whom to trust. */
export interface NoOpGreeting {
  readonly port: number
  readonly caCertificate: string
}
/** How many it was asked about so far. */
export interface NoOpAnswer {
  readonly calls: number
}

process.on('message', () => {
  process.send?.({ calls } satisfies NoOpAnswer)
})
process.send?.({ port: (server.address() as AddressInfo).port, caCertificate } satisfies NoOpGreeting)
process.on('disconnect', () => process.exit())
