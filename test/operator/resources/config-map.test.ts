import { describe, expect, test } from '@jest/globals'
import { configMapName } from '../../../operator/api/labels.ts'
import { configHash, renderConfigMap, renderSidecarConfig } from '../../../operator/resources/config-map.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { checkedGate } from './gate.ts'

/** What a proxy makes of the gate's file in a pod with these environment variables. */
function loadedBy(spec: Record<string, unknown>, env: Record<string, string> = {}) {
  const text = renderSidecarConfig(checkedGate(spec))
  return loadConfig({ file: { name: 'config.yaml', text }, overrides: {}, env }).config
}

test('the file of a small gate, in full', () => {
  const gate = checkedGate({
    metricRelabelings: [{ action: 'LabelDrop', regex: 'path' }],
    subsets: [
      { name: 'requests', metricRelabelings: [{ action: 'keep', sourceLabels: ['__name__'], regex: 'a|b' }] },
    ],
  })
  expect(renderSidecarConfig(gate)).toBe(`# Configuration of the sidecars of MetricGate default/shop.
# metricgate-operator writes this file and undoes other changes: edit the MetricGate.
upstream_url: http://127.0.0.1:8080/metrics
log_level: info
prometheus:
  max_input_bytes_per_scrape: 10Mi
  max_output_bytes_per_scrape: 10Mi
  on_limit: truncate
metric_relabel_configs:
  - action: labeldrop
    regex: path
subsets:
  - name: requests
    metric_relabel_configs:
      - action: keep
        source_labels:
          - __name__
        regex: a|b
`)
})

describe('the proxy reads what the gate says', () => {
  test('limits', () => {
    const limits = { maxInputBytesPerScrape: '512Ki', maxOutputBytesPerScrape: 0, onLimit: 'Fail' }
    expect(loadedBy({ limits }).limits).toEqual({
      inputBytesMax: 524_288,
      outputBytesMax: 0,
      onLimit: 'fail',
    })
  })

  test.each([
    { limits: { maxSeriesPerScrape: 1000 }, series: { max: 1000, onLimit: 'pass' } },
    { limits: { maxSeriesPerScrape: 1000, onSeriesLimit: 'Drop' }, series: { max: 1000, onLimit: 'drop' } },
    { limits: { maxSeriesPerScrape: 0, onSeriesLimit: 'Drop' }, series: undefined },
  ])('a limit of series: $limits', ({ limits, series }) => {
    expect(loadedBy({ limits }).limits.series).toEqual(series)
  })

  test('an HTTPS target with its token', () => {
    const tlsConfig = { serverName: 'shop.local', insecureSkipVerify: true }
    const target = { port: 8443, path: '/m?x=1', scheme: 'HTTPS', tlsConfig, bearerTokenFile: '/var/token' }
    expect(loadedBy({ targets: [target] })).toMatchObject({
      upstreams: [{ kind: 'url', url: 'https://127.0.0.1:8443/m?x=1' }],
      tls: tlsConfig,
      bearerTokenFile: '/var/token',
    })
  })

  test('a named port is the number that it has in the pod', () => {
    const config = loadedBy({ targets: [{ port: 'http-metrics' }] }, { PORT_HTTP_METRICS: '9113' })
    expect(config.upstreams).toEqual([{ kind: 'url', url: 'http://127.0.0.1:9113/metrics' }])
  })

  test('what looks like an environment variable in a path is text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the point of the test
    const config = loadedBy({ targets: [{ port: 1, path: '/${HOME}' }] }, { HOME: '/root' })
    expect(decodeURI(config.upstreams[0]?.url ?? '')).toMatch(/\/\$\{HOME\}$/)
  })

  test('several targets, in their order', () => {
    const targets = [{ port: 'http' }, { port: 9102, path: '/stats', scheme: 'HTTPS' }]
    expect(loadedBy({ targets }, { PORT_HTTP: '8080' }).upstreams).toEqual([
      { kind: 'url', url: 'http://127.0.0.1:8080/metrics' },
      { kind: 'url', url: 'https://127.0.0.1:9102/stats' },
    ])
  })

  test('the certificate check of the targets that are behind HTTPS, and the token of all', () => {
    const tlsConfig = { serverName: 'shop', insecureSkipVerify: false }
    const targets = [
      { port: 1, bearerTokenFile: '/token' },
      { port: 2, bearerTokenFile: '/token', scheme: 'HTTPS', tlsConfig },
    ]
    expect(loadedBy({ targets })).toMatchObject({ tls: tlsConfig, bearerTokenFile: '/token' })
  })

  test('how series are merged', () => {
    const aggregation = {
      counters: 'Increase',
      gauges: 'Max',
      overrides: [{ metrics: 'a|b', function: 'Avg' }],
      onTargetFailure: 'Fail',
      targetMetrics: false,
    }
    expect(loadedBy({ aggregation }).aggregation).toMatchObject({
      counters: 'increase',
      gauges: 'max',
      overrides: [{ pattern: 'a|b', function: 'avg' }],
      onTargetFailure: 'fail',
      targetMetrics: false,
    })
  })

  test.each([
    ['Sidecar', undefined, 'sum'],
    ['Subset', undefined, 'increase'],
    ['Subset', 'Sum', 'sum'],
  ])('counters in mode %s, where the gate says %s: %s', (mode, counters, expected) => {
    const subsets = mode === 'Subset' ? [{ name: 'requests', aggregate: true }] : []
    const spec = { mode, selector: { matchLabels: { app: 'shop' } }, subsets, aggregation: { counters } }
    expect(loadedBy(spec).aggregation.counters).toBe(expected)
  })

  test('whether subsets have timestamps', () => {
    expect(loadedBy({ subsetTimestamps: true }).subsetTimestamps).toBe(true)
    expect(loadedBy({}).subsetTimestamps).toBe(false)
  })

  test('timeout and log level', () => {
    expect(loadedBy({ scrapeTimeout: '9s500ms', proxy: { logLevel: 'debug' } })).toMatchObject({
      scrapeTimeoutMs: 9500,
      logLevel: 'debug',
    })
  })

  test('rules, character by character, with what YAML could mistake for something else', () => {
    const texts = [
      '1.0',
      'true',
      'null',
      '~',
      '',
      '#x',
      ': ',
      ' a ',
      "'",
      '"',
      '\\d+',
      '$1',
      'ä\n\tb',
      '- x',
      '!x',
      '*a',
    ]
    const rules = texts.map(text => ({
      sourceLabels: ['a', text || 'b'],
      separator: text,
      targetLabel: 'c',
      replacement: text,
    }))
    const { main } = loadedBy({ metricRelabelings: rules }).rules
    expect(
      main.map(({ sourceLabels, separator, replacement }) => ({ sourceLabels, separator, replacement })),
    ).toEqual(
      rules.map(({ sourceLabels, separator, replacement }) => ({ sourceLabels, separator, replacement })),
    )
  })

  test('a rule that says nothing of a field has the default of Prometheus', () => {
    const { main } = loadedBy({ metricRelabelings: [{ targetLabel: 'a' }] }).rules
    expect(main).toMatchObject([
      { action: 'replace', separator: ';', regex: '(.*)', replacement: '$1', sourceLabels: [] },
    ])
  })

  test('subsets in their order', () => {
    const { subsets } = loadedBy({ subsets: [{ name: 'b' }, { name: 'a' }] }).rules
    expect(subsets.map(({ name }) => name)).toEqual(['b', 'a'])
  })
})

test('the ConfigMap holds the file under the name that sidecars mount', () => {
  const gate = checkedGate()
  expect(renderConfigMap(gate)).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: configMapName('shop'), namespace: 'default' },
    data: { 'config.yaml': renderSidecarConfig(gate) },
  })
})

describe('the hash', () => {
  const gate = checkedGate({ metricRelabelings: [{ action: 'labeldrop', regex: 'path' }] })

  test('is the same for the same configuration', () => {
    expect(configHash(gate)).toBe(configHash(structuredClone(gate)))
    expect(configHash(gate)).toMatch(/^[0-9a-f]{16}$/)
  })

  test('changes with a rule', () => {
    const other = checkedGate({ metricRelabelings: [{ action: 'labeldrop', regex: 'paths' }] })
    expect(configHash(other)).not.toBe(configHash(gate))
  })

  test('of a gate with an aggregator changes with what only that reads', () => {
    const subset = (shards: number): string =>
      configHash(
        checkedGate({
          mode: 'Subset',
          selector: { matchLabels: { app: 'shop' } },
          subsets: [{ name: 'requests', aggregate: true }],
          aggregator: { shards },
        }),
      )
    expect(subset(2)).not.toBe(subset(1))
  })

  test('does not change with what the proxies do not read', () => {
    const monitored = { ...gate, spec: { ...gate.spec, monitor: { ...gate.spec.monitor, enabled: false } } }
    expect(configHash(monitored)).toBe(configHash(gate))
  })
})
