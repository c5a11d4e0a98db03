import { beforeEach, expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import { registerPolicyMetrics } from '../../../proxy/policy/metrics.ts'
import { Policies } from '../../../proxy/policy/policies.ts'
import { reportPolicies } from '../../../proxy/policy/report.ts'
import { renderPolicyReport } from '../../../proxy/policy/report-html.ts'
import { dataPoint, written } from './policies.ts'
import { TestLog } from './providers/log.ts'
import { ManualClock } from './providers/manual-clock.ts'

let policies: Policies

beforeEach(() => {
  policies = new Policies({
    inline: [
      { ...written([{ datapoint_attribute: 'a', exists: true }]), id: 'drop-a' },
      { ...written([{ datapoint_attribute: 'b', exists: true }], true), id: 'keep-b' },
      { ...written([{ metric_field: 'name', regex: '<([' }]), id: '<bad>' },
      { id: 'logs', name: 'logs', log: {} },
    ],
    providers: [{ type: 'file', id: 'local', path: '/nowhere/policies.json' }],
    client: { resourceAttributes: new Map(), labels: new Map() },
    clock: new ManualClock(),
    random: () => 0.5,
    log: new TestLog(),
    onChange: () => undefined,
  })
  policies.start()
  policies.close()
  policies.set.count(policies.set.decide(dataPoint({ a: '', b: '' })), 7)
})

test('the report has each policy and each provider', () => {
  expect(reportPolicies(policies.policies, policies.providers)).toEqual({
    policies: [
      {
        id: 'drop-a',
        name: 'a policy',
        provider: 'inline',
        state: 'active',
        keep: false,
        errors: [],
        warnings: [],
        hits: 7,
        misses: 0,
      },
      {
        id: 'keep-b',
        name: 'a policy',
        provider: 'inline',
        state: 'active',
        keep: true,
        errors: [],
        warnings: [],
        hits: 0,
        misses: 7,
      },
      {
        id: '<bad>',
        name: 'a policy',
        provider: 'inline',
        state: 'invalid',
        keep: undefined,
        errors: ['metric: match[0]: invalid regex "<(["'],
        warnings: [],
        hits: 0,
        misses: 0,
      },
      {
        id: 'logs',
        name: 'logs',
        provider: 'inline',
        state: 'ignored',
        keep: undefined,
        errors: [],
        warnings: [],
        hits: 0,
        misses: 0,
      },
    ],
    providers: [
      {
        id: 'inline',
        type: 'inline',
        source: 'policies',
        state: 'ok',
        lastSync: '2026-01-02T03:04:05.000Z',
        problem: null,
        problemSince: null,
      },
      {
        id: 'local',
        type: 'file',
        source: '/nowhere/policies.json',
        state: 'pending',
        lastSync: null,
        problem: null,
        problemSince: null,
      },
    ],
  })
})

test('as a web page nothing of it is markup', () => {
  const html = renderPolicyReport(reportPolicies(policies.policies, policies.providers))
  expect(html).toContain(
    '<tr><td>&lt;bad&gt;</td><td>a policy</td><td></td><td>invalid: metric: match[0]: invalid regex &quot;&lt;([&quot;</td><td>0</td><td>0</td><td>inline</td></tr>',
  )
  expect(html).toContain('<td>pending</td><td>never</td>')
})

test('as a web page without any', () => {
  expect(renderPolicyReport({ policies: [], providers: [] })).toContain('<p>There are no policies.</p>')
})

test('as metrics', async () => {
  const registry = new Registry()
  registerPolicyMetrics(registry, { policies: () => policies.policies, providers: () => policies.providers })
  // Read twice: what is read is set, not added.
  await registry.metrics()
  const lines = (await registry.metrics()).split('\n').filter(line => !line.startsWith('# HELP'))
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE metricgate_proxy_policy_hits_total counter',
      'metricgate_proxy_policy_hits_total{policy="drop-a",provider="inline"} 7',
      'metricgate_proxy_policy_misses_total{policy="keep-b",provider="inline"} 7',
      'metricgate_proxy_policies{state="active"} 2',
      'metricgate_proxy_policies{state="invalid"} 1',
      'metricgate_proxy_policy_provider_up{provider="inline",reason=""} 1',
      'metricgate_proxy_policy_provider_up{provider="local",reason="pending"} 0',
      'metricgate_proxy_policy_syncs_total{provider="inline",result="success"} 1',
      'metricgate_proxy_policy_syncs_total{provider="local",result="failure"} 0',
    ]),
  )
})
