import type { ServerResponse } from 'node:http'
import { expect, test } from '@jest/globals'
import { pino } from 'pino'
import { ApiClient } from '../../../../operator/kubernetes/api-client.ts'
import { readAuthorities } from '../../../../operator/webhook/certificates/authority.ts'
import { CertificateKeeper } from '../../../../operator/webhook/certificates/keeper.ts'
import { CERTIFICATE_LIFETIMES } from '../../../../operator/webhook/limits.ts'
import { eventually } from '../../../cluster/index.ts'
import { machineClock } from '../../controller/support/clocks.ts'
import { event, list, ScriptedApi } from '../../controller/support/scripted-api.ts'
import { type Made, makeCertificates, secretContent } from './made.ts'

const HOSTS = ['127.0.0.1']
const SECRET = { namespace: 'metricgate-system', name: 'metricgate-webhook-tls' }

/** The Secret as the API server shows it. */
function secretWith(made: Made, version: number): object {
  const data = Object.fromEntries(
    Object.entries(secretContent(made)).map(([key, pem]) => [key, Buffer.from(pem).toString('base64')]),
  )
  return { metadata: { ...SECRET, resourceVersion: String(version) }, data }
}

test('what fails to be served is not taken for served, fails each time, and leaves what is served', async () => {
  const [first, second] = await Promise.all([
    makeCertificates(HOSTS, Date.now()),
    makeCertificates(HOSTS, Date.now()),
  ])
  let watching: ServerResponse | undefined
  await using api = await ScriptedApi.start(list(1, [secretWith(first, 1)]), response => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()
    watching = response
  })
  await using stack = new AsyncDisposableStack()
  const client = new ApiClient(api.kubeConfig, { clock: machineClock, userAgent: 'test' })
  stack.defer(() => client.close())
  let isRefused = true
  const served: string[] = []
  const keeper = new CertificateKeeper({
    client,
    clock: machineClock,
    random: Math.random,
    log: pino({ level: 'silent' }),
    mode: 'external',
    secret: SECRET,
    hosts: HOSTS,
    lifetimes: CERTIFICATE_LIFETIMES,
    serve: leaf => {
      if (isRefused) throw new Error('no shared cipher')
      served.push(leaf.certificate)
    },
    onChange: () => undefined,
    onRenewed: () => undefined,
  })
  stack.defer(() => keeper.stop())
  const observe = (): void => keeper.observe(readAuthorities(second.authority.certificate))
  keeper.start()
  await keeper.synced

  for (let times = 0; times < 2; times++) expect(observe).toThrow('no shared cipher')
  expect(keeper.served).toBeUndefined()
  isRefused = false
  observe()
  observe()
  expect(served).toEqual([first.certificate])

  isRefused = true
  await eventually('the watch', () => watching !== undefined)
  watching?.write(event('MODIFIED', secretWith(second, 2)))
  await eventually('the second', () => keeper.stored?.leaf?.certificate === second.certificate)
  for (let times = 0; times < 2; times++) expect(observe).toThrow('no shared cipher')
  expect(keeper.served?.certificate).toBe(first.certificate)
})
