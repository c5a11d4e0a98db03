import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '../../operator/controller/support/eventually.ts'
import { written } from '../policy/policies.ts'
import { json, startPolicyServer } from '../policy/providers/policy-server.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const APPLICATION = 'a{path="/"} 1\nb 2\n'
const drop = (name: string) => ({ ...written([{ metric_field: 'name', exact: name }]), id: `drop-${name}` })

const application = createServer((_, response) =>
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(APPLICATION),
)
let upstream_url: string
let directory: string
let proxy: TestProxy

beforeEach(async () => {
  await new Promise<void>(resolve => application.listen(0, '127.0.0.1', resolve))
  upstream_url = `http://127.0.0.1:${(application.address() as AddressInfo).port}/metrics`
  directory = await mkdtemp(join(tmpdir(), 'metricgate-policies-'))
})

afterEach(async () => {
  await proxy.stop()
  application.closeAllConnections()
  await new Promise(resolve => application.close(resolve))
  await rm(directory, { recursive: true })
})

const scrape = async () => (await proxy.get('/metrics')).text

test('policies of the configuration drop, are counted, and show', async () => {
  proxy = await startProxy({ upstream_url, policies: [drop('a'), written([])] })
  expect(await scrape()).toBe('b 2\n')
  expect(JSON.parse((await proxy.get('/_policies')).text)).toMatchObject({
    policies: [
      { id: 'drop-a', state: 'active', hits: 1, misses: 0 },
      { id: 'p', state: 'invalid', errors: ['metric: no matchers specified'] },
    ],
    providers: [{ id: 'inline', state: 'ok' }],
  })
  expect((await proxy.get('/_policies', { accept: 'text/html' })).text).toContain('<td>drop-a</td>')
  expect(await proxy.metric('metricgate_proxy_policy_hits_total{policy="drop-a",provider="inline"}')).toBe(1)
})

test('a file that changes changes what scrapes give; the connection to the application stays', async () => {
  const path = join(directory, 'policies.json')
  proxy = await startProxy({ upstream_url, policy_providers: [{ type: 'file', id: 'local', path }] })
  expect(await scrape()).toBe(APPLICATION)
  expect((await proxy.get('/_ready')).status).toBe(200)
  for (const [name, left] of [
    ['a', 'b 2\n'],
    ['b', 'a{path="/"} 1\n'],
  ] as const) {
    await writeFile(`${path}.new`, JSON.stringify({ policies: [drop(name)] }))
    await rename(`${path}.new`, path)
    await eventually(async () => expect(await scrape()).toBe(left))
  }
})

test('a policy server that is away changes nothing; when it is there, its policies hold', async () => {
  const server = await startPolicyServer(response => response.writeHead(503).end())
  try {
    const provider = { type: 'http' as const, id: 'tero', url: server.url, poll_interval: '20ms' }
    proxy = await startProxy({ upstream_url, policy_providers: [provider] })
    expect(await scrape()).toBe(APPLICATION)
    await eventually(() =>
      expect(proxy.log).toContainEqual(expect.stringMatching(/^warn: policies cannot be had/)),
    )
    expect((await proxy.get('/_ready')).status).toBe(200)
    server.answer = json({ policies: [drop('a')], hash: 'one', syncType: 1 })
    await eventually(async () => expect(await scrape()).toBe('b 2\n'))
  } finally {
    await server.stop()
  }
})

test('a configuration that says the same about policies keeps their counts', async () => {
  const policies = [drop('a')]
  proxy = await startProxy({ upstream_url, policies })
  await scrape()
  await proxy.configure({
    upstream_url,
    policies,
    metric_relabel_configs: [{ action: 'labeldrop', regex: 'path' }],
  })
  expect(await scrape()).toBe('b 2\n')
  expect(JSON.parse((await proxy.get('/_policies')).text).policies).toMatchObject([{ hits: 2 }])
})

test('over several targets policies hold before anything is added up', async () => {
  const { port } = application.address() as AddressInfo
  const upstream_urls = [`http://127.0.0.1:${port}/one`, `http://127.0.0.1:${port}/two`]
  proxy = await startProxy({ upstream_urls, policies: [drop('a')], aggregation: { target_metrics: false } })
  expect(await scrape()).toBe('b 4\n')
  expect(JSON.parse((await proxy.get('/_policies')).text).policies).toMatchObject([{ hits: 2 }])
})
