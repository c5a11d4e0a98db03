import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { loadConfig } from '../../../proxy/config/load.ts'
import { SampleReader } from '../../../proxy/exposition/samples.ts'
import { PolicyRegistry } from '../../../proxy/policy/registry.ts'
import { parsePolicyText, readPolicies } from '../../../proxy/policy/schema/document.ts'
import { SeriesPolicies } from '../../../proxy/policy/series-policies.ts'

const DIRECTORY = new URL('../../../examples/policies/', import.meta.url)
const readText = (name: string) => readFileSync(new URL(name, DIRECTORY), 'utf8')

const EXPOSITION = `# TYPE debug_cache gauge
debug_cache 1
# TYPE http_requests_total counter
http_requests_total{code="200"} 5
# TYPE job_queue gauge
job_queue{queue="a"} 0
job_queue{queue="b"} 3
# TYPE job_runs_total counter
job_runs_total 0
rpc_requests{request_id="7"} 1
business_orders 2
`

/** The samples that the example's policies leave, in a deployment. */
function keptIn(environment: string) {
  const registry = new PolicyRegistry(['file'])
  registry.replace(
    'file',
    readPolicies('policies.json', parsePolicyText('policies.json', readText('policies.json'))),
  )
  const policies = new SeriesPolicies(registry.set, new Map([['deployment.environment', environment]]))
  const kept: string[] = []
  for (const sample of new SampleReader('text').push(Buffer.from(EXPOSITION))) {
    const first = policies.decide(sample, sample.family)
    const decision = first.residual?.(sample.value, undefined) ?? first
    policies.count(decision, 1)
    if (decision.kept) kept.push([sample.name, ...sample.labels.map(([, value]) => value)].join(' '))
  }
  return { kept, registry }
}

test('the policies of the example do what their names say', () => {
  const { kept, registry } = keptIn('staging')
  expect(kept).toEqual(['job_queue b', 'job_runs_total', 'business_orders'])
  expect(registry.policies.map(({ state, counter }) => [state, counter.hits])).toEqual(
    [1, 1, 1, 1, 1].map(hits => ['active', hits]),
  )
  expect(keptIn('production').kept).toContain('http_requests_total 200')
})

test('the configuration of Tero Edge is one of the proxy', () => {
  const file = { name: 'config.json', text: readText('config.json') }
  expect(loadConfig({ file, overrides: {}, env: {} }).config.policies.providers).toMatchObject([
    { id: 'local', type: 'file', path: 'policies.json' },
  ])
})
