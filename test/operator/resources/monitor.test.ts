import { describe, expect, test } from '@jest/globals'
import { renderMonitor } from '../../../operator/resources/monitor.ts'
import { renderService } from '../../../operator/resources/service.ts'
import { checkedGate } from './gate.ts'

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
  const matchLabels = { 'app.kubernetes.io/managed-by': 'metricgate-operator', 'metricgate.io/gate': 'shop' }
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
