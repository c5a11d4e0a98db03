import { describe, expect, test } from '@jest/globals'
import { renderAggregatorService } from '../../../operator/resources/aggregator-service.ts'
import { renderAggregatorMonitor, renderMonitor } from '../../../operator/resources/monitor.ts'
import { renderService, renderTargetsService } from '../../../operator/resources/service.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'

const ALL = { serviceMonitors: true, podMonitors: true }

test('a ServiceMonitor scrapes the main output of the Service, as a job named like the gate', () => {
  expect(renderMonitor(checkedGate(), ALL)).toMatchObject({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    spec: {
      jobLabel: 'metricgate.io/gate',
      endpoints: [{ port: 'metricgate', path: '/metrics', honorLabels: false }],
    },
  })
})

test('it selects the Service of its gate', () => {
  const gate = checkedGate()
  const matchLabels = {
    'app.kubernetes.io/managed-by': 'metricgate-operator',
    'app.kubernetes.io/component': 'sidecars',
    'metricgate.io/gate': 'shop',
  }
  expect(renderMonitor(gate, ALL)?.spec.selector).toEqual({ matchLabels })
  expect(renderService(gate).metadata?.labels).toMatchObject(matchLabels)
})

test('a PodMonitor scrapes the pods of the gate', () => {
  expect(renderMonitor(checkedGate({ monitor: { kind: 'PodMonitor' } }), ALL)?.spec).toEqual({
    jobLabel: 'metricgate.io/gate',
    selector: { matchLabels: { 'metricgate.io/gate': 'shop' } },
    podMetricsEndpoints: [{ port: 'metricgate', path: '/metrics', honorLabels: false }],
  })
})

describe.each([
  ['ServiceMonitor', 'endpoints'],
  ['PodMonitor', 'podMetricsEndpoints'],
])('%s', (kind, endpoints) => {
  test('times are those of the gate', () => {
    const monitor = { kind, interval: '30s', scrapeTimeout: '10s' }
    expect(renderMonitor(checkedGate({ monitor }), ALL)?.spec[endpoints]).toMatchObject([
      { interval: '30s', scrapeTimeout: '10s' },
    ])
  })

  test("the user's labels are added and cannot replace ours", () => {
    const labels = { release: 'prometheus', 'metricgate.io/gate': 'other' }
    expect(renderMonitor(checkedGate({ monitor: { kind, labels } }), ALL)?.metadata?.labels).toMatchObject({
      release: 'prometheus',
      'metricgate.io/gate': 'shop',
    })
  })
})

describe('the monitor of an aggregator', () => {
  test('selects the Service of every shard, and no other of the gate', () => {
    const gate = checkedGate({ ...SUBSET, aggregator: { shards: 2 } })
    const selector = renderAggregatorMonitor(gate, ALL)?.spec.selector as { matchLabels: object }
    const services = [0, 1].map(shard => renderAggregatorService(gate, { shard, replica: 0 }))
    for (const { metadata } of services) expect(metadata?.labels).toMatchObject(selector.matchLabels)
    for (const { metadata } of [renderService(gate), renderTargetsService(checkedGate(DNS))]) {
      expect(metadata?.labels).not.toMatchObject(selector.matchLabels)
    }
  })

  test('as a PodMonitor selects its pods', () => {
    const gate = checkedGate({ ...DNS, monitor: { kind: 'PodMonitor' } })
    expect(renderAggregatorMonitor(gate, ALL)?.spec).toMatchObject({
      jobLabel: 'metricgate.io/aggregator',
      selector: { matchLabels: { 'metricgate.io/aggregator': 'shop' } },
    })
  })

  test('is a job of its own beside the sidecars, and the only one without', () => {
    const endpointOf = (spec: Record<string, unknown>): unknown => {
      const endpoints = renderAggregatorMonitor(checkedGate(spec), ALL)?.spec.endpoints
      return Array.isArray(endpoints) ? endpoints[0] : undefined
    }
    expect(endpointOf(SUBSET)).toMatchObject({
      relabelings: [{ targetLabel: 'job', replacement: 'shop-requests' }],
    })
    expect(endpointOf(DNS)).not.toHaveProperty('relabelings')
  })
})
