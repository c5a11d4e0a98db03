import { afterEach, describe, expect, test } from '@jest/globals'
import { bodyOf, countLines } from '../../bench/body.ts'
import { freePort, startServer, startWorker } from '../../bench/children.ts'
import { Configurations, entrypointOf } from '../../bench/proxy-command.ts'
import { linesOf, workloadNamed } from '../../bench/workloads.ts'

const stops: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const workload = workloadNamed('app-2k')
const bodyAt = (scrape: number): string => bodyOf(linesOf(workload, { scrape, churn: false })).toString()

async function startUpstream(): Promise<number> {
  const upstream = await startWorker('static-upstream.ts', workload.name)
  stops.push(upstream.stop)
  const { port } = upstream.greeting as { port: number }
  return port
}

describe('the static upstream', () => {
  test('says where it listens and what it serves', async () => {
    const upstream = await startWorker('static-upstream.ts', workload.name)
    stops.push(upstream.stop)
    const body = Buffer.from(bodyAt(0))
    expect(upstream.greeting).toEqual({
      port: expect.any(Number),
      lines: countLines(body),
      bytes: body.length,
    })
  })

  test.each([
    ['/metrics', 'content-length', String(bodyAt(0).length)],
    ['/chunked/metrics', 'transfer-encoding', 'chunked'],
  ])('serves two scrapes in turn at %s with %s', async (path, field, value) => {
    const url = `http://127.0.0.1:${await startUpstream()}${path}`
    const first = await fetch(url)
    expect(first.headers.get(field)).toBe(value)
    expect(await first.text()).toBe(bodyAt(0))
    expect(await (await fetch(url)).text()).toBe(bodyAt(1))
    expect(await (await fetch(url)).text()).toBe(bodyAt(0))
  })
})

test('the receiver fetches as often as it is told to', async () => {
  const port = await startUpstream()
  const receiver = await startWorker('receiver.ts', String(port))
  stops.push(receiver.stop)
  expect(await receiver.ask({ path: '/metrics', count: 3 })).toEqual({ bodyBytes: bodyAt(0).length })
})

test('the naive proxy serves what the rules leave', async () => {
  const url = `http://127.0.0.1:${await startUpstream()}/metrics`
  const port = await freePort()
  const program = `${import.meta.dirname}/../../bench/naive-proxy.ts`
  const proxy = await startServer(
    [process.execPath, program, url, String(port), JSON.stringify(workload.rules.filter)],
    port,
  )
  stops.push(proxy.stop)
  const lines = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).split('\n')
  expect(lines.filter(line => line.startsWith('http_requests_total{'))).toHaveLength(200)
})

test('a server that ends instead of listening is reported with what it said', async () => {
  await expect(startServer("sh -c 'echo no such option >&2; exit 3'", await freePort())).rejects.toThrow(
    'it said: no such option',
  )
})

test('a worker that ends instead of being ready is reported', async () => {
  await expect(startWorker('random.ts')).rejects.toThrow('random.ts ended with exit code 0')
})

test('the proxy is started as its image starts it', () => {
  const [node, ...args] = entrypointOf('FROM x\nENTRYPOINT ["node", "--some-flag=1", "/app/proxy.js"]\n')
  expect(node).toBe(process.execPath)
  expect(args).toEqual(['--some-flag=1', expect.stringMatching(/\/dist\/proxy\.js$/)])
})

test('the placeholders of a peer are filled in, each as often as it occurs', () => {
  const configurations = new Configurations()
  stops.push(() => configurations.remove())
  const command = configurations.peerCommand(
    'peer {upstream} :{port} {port} {rules}',
    'http://a/metrics',
    80,
    workload.rules.agg,
  )
  expect(command).toMatch(/^peer http:\/\/a\/metrics :80 80 \/\S+\.yaml$/)
})
