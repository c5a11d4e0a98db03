import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '../../cluster/index.ts'

/** `npm start` as a person runs it, but for the keyboard. */
let demonstration: ChildProcess
let printed = ''

beforeAll(async () => {
  const root = path.join(import.meta.dirname, '..', '..', '..')
  const { KUBECONFIG: _, ...env } = process.env
  demonstration = spawn(process.execPath, [path.join(root, 'examples/start/main.ts')], { env })
  demonstration.stdout?.on('data', chunk => {
    printed += chunk
  })
  demonstration.stderr?.on('data', chunk => {
    printed += chunk
  })
  await eventually(
    'the closing table',
    () => {
      if (demonstration.exitCode !== null) throw new Error(printed)
      return printed.includes('Ctrl-C ends it')
    },
    { timeoutMs: 90_000 },
  ).catch(error => {
    throw new Error(`${error.message}\n${printed}`)
  })
}, 120_000)

afterAll(() => {
  demonstration.kill('SIGKILL')
})

test('shows the sidecar that admission gave the pod', () => {
  expect(printed).toContain('metricgate.io/gate: kube-apiserver')
  expect(printed).toMatch(/args:\s+- \/etc\/metricgate\/config.yaml/)
})

test("saves most of the API server's series and bytes", () => {
  const [, seriesIn, seriesOut] = /series +([\d,]+) +([\d,]+)/.exec(printed) ?? []
  expect(count(seriesIn)).toBeGreaterThan(10_000)
  expect(count(seriesOut)).toBeGreaterThan(1000)
  expect(count(seriesOut)).toBeLessThan(count(seriesIn) / 2)
})

test('names addresses that answer', async () => {
  const addresses = [...printed.matchAll(/curl -s (\S+)/g)].map(([, address]) => address ?? '')
  expect(addresses.length).toBeGreaterThanOrEqual(4)
  for (const address of addresses) expect([address, (await fetch(address)).status]).toEqual([address, 200])
})

test('serves sums by code and verb as a subset', async () => {
  const [, address = ''] = /curl -s (\S+\/metrics\/requests)/.exec(printed) ?? []
  const samples = (await (await fetch(address)).text()).split('\n').filter(line => !/^(#|$)/.test(line))
  expect(samples.length).toBeGreaterThan(3)
  for (const sample of samples)
    expect(sample).toMatch(/^apiserver_request_total\{code="\d+",verb="[A-Z]+"\} \d+$/)
})

test('ends on Ctrl-C, and leaves nothing that answers', async () => {
  const [, address = ''] = /curl -s (\S+\/metrics) /.exec(printed) ?? []
  const ended = once(demonstration, 'exit')
  demonstration.kill('SIGINT')

  expect(await ended).toEqual([0, null])
  await expect(fetch(address)).rejects.toThrow('fetch failed')
}, 30_000)

function count(text = ''): number {
  return Number(text.replaceAll(',', ''))
}
