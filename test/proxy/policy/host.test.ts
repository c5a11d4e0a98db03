import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Family } from '../../../proxy/exposition/families.ts'
import { PolicyHost, type PolicySettings } from '../../../proxy/policy/host.ts'
import { written } from './policies.ts'
import { TestLog } from './providers/log.ts'
import { ManualClock } from './providers/manual-clock.ts'

const FAMILY: Family = { name: 'a', type: undefined, metadata: [] }
const SERIES = { name: 'a', labels: [] }
const dropA = written([{ metric_field: 'name', exact: 'a' }])

let directory: string
let host: PolicyHost
let onChange: () => void

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-host-'))
  onChange = () => undefined
  host = new PolicyHost({
    clock: new ManualClock(),
    random: () => 0.5,
    log: new TestLog(),
    env: { OTEL_RESOURCE_ATTRIBUTES: 'k8s.namespace.name=shop' },
    proxy: { version: '1', instanceId: 'host' },
    onChange: () => onChange(),
    watch: { pollMs: 2 ** 30, settleMs: 1 },
  })
})

afterEach(async () => {
  host.close()
  await rm(directory, { recursive: true })
})

const settings = (
  inline: readonly unknown[],
  providers: PolicySettings['providers'] = [],
): PolicySettings => ({
  inline,
  providers,
  service: {
    name: undefined,
    namespace: undefined,
    version: undefined,
    instanceId: undefined,
    resourceAttributes: new Map([['deployment.environment', 'test']]),
    labels: new Map(),
  },
})
const isKept = () => host.series.decide(SERIES, FAMILY).kept

test('without a configuration there are no policies', () => {
  expect(host.series.isEmpty).toBe(true)
  expect(host.report).toEqual({ policies: [], providers: [] })
})

test('policies of the configuration are there at once, and go with it', () => {
  host.use(settings([dropA]))
  expect(isKept()).toBe(false)
  host.use(settings([]))
  expect(isKept()).toBe(true)
})

test('they see the attributes of the environment and of the configuration', () => {
  host.use(
    settings([
      written([
        { resource_attribute: 'k8s.namespace.name', exact: 'shop' },
        { resource_attribute: 'deployment.environment', exact: 'test' },
      ]),
    ]),
  )
  expect(isKept()).toBe(false)
})

test('a configuration that says the same keeps them, and their counts', () => {
  host.use(settings([dropA]))
  const { series } = host
  series.count(series.decide(SERIES, FAMILY), 3)
  host.use(settings([structuredClone(dropA)]))
  expect(host.series).toBe(series)
  expect(host.report.policies).toMatchObject([{ hits: 3 }])
  host.use(settings([dropA, written([])]))
  expect(host.report.policies).toMatchObject([{ hits: 0 }, { state: 'invalid' }])
})

test('what a provider gives is told of, when it is at work', async () => {
  const path = join(directory, 'policies.json')
  const changed = new Promise<boolean>(resolve => (onChange = () => resolve(isKept())))
  host.use(settings([], [{ type: 'file', id: 'local', path }]))
  expect(isKept()).toBe(true)
  await writeFile(`${path}.new`, JSON.stringify([dropA]))
  await rename(`${path}.new`, path)
  expect(await changed).toBe(false)
})
