import { describe, expect, test } from '@jest/globals'
import { configMapName } from '../../../operator/api/labels.ts'
import { configHash, renderConfigMap, renderProxyConfig } from '../../../operator/resources/config-map.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import { checkedGate } from './gate.ts'

/** What a proxy makes of the gate's file in a pod with these environment variables. */
function loadedBy(spec: Record<string, unknown>, env: Record<string, string> = {}) {
  const text = renderProxyConfig(checkedGate(spec))
  return loadConfig({ file: { name: 'config.yaml', text }, overrides: {}, env }).config
}

test('the file of a small gate, in full', () => {
  const gate = checkedGate({
    metricRelabelings: [{ action: 'LabelDrop', regex: 'path' }],
    subsets: [
      { name: 'requests', metricRelabelings: [{ action: 'keep', sourceLabels: ['__name__'], regex: 'a|b' }] },
    ],
  })
  expect(renderProxyConfig(gate)).toBe(`# Configuration of the proxies of MetricGate default/shop.
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

  test('an HTTPS target with its token', () => {
    const tlsConfig = { serverName: 'shop.local', insecureSkipVerify: true }
    const target = { port: 8443, path: '/m?x=1', scheme: 'HTTPS', tlsConfig, bearerTokenFile: '/var/token' }
    expect(loadedBy({ targets: [target] })).toMatchObject({
      upstreamUrl: 'https://127.0.0.1:8443/m?x=1',
      tls: tlsConfig,
      bearerTokenFile: '/var/token',
    })
  })

  test('a named port is the number that it has in the pod', () => {
    const config = loadedBy({ targets: [{ port: 'http-metrics' }] }, { PORT_HTTP_METRICS: '9113' })
    expect(config.upstreamUrl).toBe('http://127.0.0.1:9113/metrics')
  })

  test('what looks like an environment variable in a path is text', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the point of the test
    const config = loadedBy({ targets: [{ port: 1, path: '/${HOME}' }] }, { HOME: '/root' })
    expect(decodeURI(config.upstreamUrl)).toMatch(/\/\$\{HOME\}$/)
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
    data: { 'config.yaml': renderProxyConfig(gate) },
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

  test('does not change with what the proxies do not read', () => {
    const monitored = { ...gate, spec: { ...gate.spec, monitor: { ...gate.spec.monitor, enabled: false } } }
    expect(configHash(monitored)).toBe(configHash(gate))
  })
})
