import { describe, expect, test } from '@jest/globals'
import { renderAggregatorConfig } from '../../../operator/resources/config-map.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { checkedGate, DNS, SUBSET } from './gate.ts'

/** What an aggregator makes of its file. */
function loadedBy(spec: Record<string, unknown>, shard = 0) {
  const text = renderAggregatorConfig(checkedGate(spec), shard)
  return loadConfig({ file: { name: 'shard.yaml', text }, overrides: {}, env: {} }).config
}

describe('the file of an aggregator, in full', () => {
  test('in mode DNS: the application, and all rules', () => {
    const gate = checkedGate({
      ...DNS,
      metricRelabelings: [{ action: 'labeldrop', regex: 'path' }],
      subsets: [{ name: 'few' }],
    })
    expect(
      renderAggregatorConfig(gate, 0),
    ).toBe(`# Configuration of the aggregator of MetricGate default/shop.
# metricgate-operator writes this file and undoes other changes: edit the MetricGate.
upstream_url: dns+http://mg-targets-shop.default.svc:8080/metrics
log_level: info
prometheus:
  max_input_bytes_per_scrape: 10Mi
  max_output_bytes_per_scrape: 10Mi
  on_limit: truncate
metric_relabel_configs:
  - action: labeldrop
    regex: path
subsets:
  - name: few
    metric_relabel_configs: []
aggregation:
  counters: increase
`)
  })

  test('in mode Subset: one output of the sidecars, as their rules have left it', () => {
    const gate = checkedGate({ ...SUBSET, metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] })
    expect(
      renderAggregatorConfig(gate, 0),
    ).toBe(`# Configuration of the aggregator of MetricGate default/shop.
# metricgate-operator writes this file and undoes other changes: edit the MetricGate.
upstream_url: dnssrv+http://_metricgate._tcp.metricgate-shop.default.svc/metrics/requests
log_level: info
prometheus:
  max_input_bytes_per_scrape: 10Mi
  max_output_bytes_per_scrape: 10Mi
  on_limit: truncate
metric_relabel_configs: []
aggregation:
  counters: increase
`)
  })
})

describe('an aggregator reads what the gate says', () => {
  test('a named port is a port of the Service, whose number each pod says itself', () => {
    const targets = [{ port: 1 }, { port: 'http-metrics', path: '/a?b=c', scheme: 'HTTPS' }]
    expect(loadedBy({ ...DNS, targets }).upstreams).toEqual([
      { kind: 'dns', url: 'http://mg-targets-shop.default.svc:1/metrics' },
      {
        kind: 'srv',
        url: 'https://mg-targets-shop.default.svc/a?b=c',
        service: '_target-1._tcp.mg-targets-shop.default.svc',
      },
    ])
  })

  test('two paths of one port', () => {
    const targets = ['/a', '/b'].map(path => ({ port: 'http', path }))
    expect(loadedBy({ ...DNS, targets }).upstreams).toMatchObject(
      ['a', 'b'].map(path => ({
        url: `http://mg-targets-shop.default.svc/${path}`,
        service: '_target-0._tcp.mg-targets-shop.default.svc',
      })),
    )
  })

  test('how certificates are checked', () => {
    const tlsConfig = { serverName: 'shop', insecureSkipVerify: true }
    expect(loadedBy({ ...DNS, targets: [{ port: 1, scheme: 'HTTPS', tlsConfig }] }).tls).toEqual(tlsConfig)
  })

  test.each<[string, Record<string, unknown>, number]>([
    ['its own', { scrapeTimeout: '9s', aggregator: { scrapeTimeout: '8s' } }, 8000],
    ["else the gate's", { scrapeTimeout: '9s' }, 9000],
  ])('the timeout: %s', (_title, spec, expected) => {
    expect(loadedBy({ ...DNS, ...spec }).scrapeTimeoutMs).toBe(expected)
  })

  test('counters as the gate says', () => {
    expect(loadedBy({ ...DNS, aggregation: { counters: 'Sum' } }).aggregation.counters).toBe('sum')
  })

  test('which share of the series is its own', () => {
    const spec = { ...SUBSET, aggregator: { shards: 3 } }
    expect([0, 2].map(shard => loadedBy(spec, shard).upstreams[0]?.url)).toEqual([
      'http://metricgate-shop.default.svc/metrics/requests?shard=0/3',
      'http://metricgate-shop.default.svc/metrics/requests?shard=2/3',
    ])
  })
})
