import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { loadConfig } from '../../../proxy/config/load.ts'
import { KEYS_WITHOUT_EFFECT, KNOWN_KEYS } from '../../../proxy/config.ts'
import { type Application, startApplication } from '../upstream/application.ts'
import { startProxy, type TestProxy } from './proxy.ts'

const section = (title: string): string => {
  const text = readFileSync(new URL('../../../docs/proxy.md', import.meta.url), 'utf8')
  return text.split(/^## /m).find(part => part.startsWith(`${title}\n`)) ?? ''
}

/** The first cells of a table, each with all that is quoted in it. */
const firstCells = (title: string): string[][] =>
  section(title)
    .split('\n')
    .filter(line => line.startsWith('| `'))
    .map(line => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(match => match[1] ?? ''))

/** Keys that the documentation tells of in other places. */
const ELSEWHERE = ['metrics_url', 'policies', 'policy_providers']

let application: Application
let proxy: TestProxy

beforeEach(async () => {
  application = await startApplication((_, response) =>
    response.setHeader('content-type', 'text/plain').end('a 1\n'),
  )
  proxy = await startProxy({
    upstream_url: `http://127.0.0.1:${application.port}/metrics`,
    subsets: [{ name: 'sub' }],
  })
})

afterEach(async () => {
  await proxy.stop()
  await application.stop()
})

test('the configuration of the documentation is valid, and shows every key that has an effect', () => {
  const text = /```yaml\n([\s\S]*?)```/.exec(section('Configuration file'))?.[1] ?? ''
  const { config } = loadConfig({ file: { name: 'proxy.md', text }, overrides: {}, env: {} })
  expect(config.upstreams).toEqual([{ kind: 'url', url: 'http://127.0.0.1:10254/metrics' }])
  for (const [place, keys] of KNOWN_KEYS) {
    if (place.includes('policy') || place === 'service' || place.includes('metric_relabel_configs')) continue
    const missing = keys.filter(key => !KEYS_WITHOUT_EFFECT.includes(key) && !text.includes(key))
    expect([place, missing]).toEqual([place, place === '' ? ELSEWHERE : []])
  }
})

test('every endpoint of the documentation answers', async () => {
  const paths = firstCells('Endpoints').map(([path]) => (path ?? '').replace('<subset>', 'sub'))
  const answers = await Promise.all(paths.map(async path => [path, (await proxy.get(path)).status]))
  expect(answers).toEqual(paths.map(path => [path, 200]))
  expect(paths.length).toBeGreaterThan(6)
})
