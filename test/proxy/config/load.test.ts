// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how configurations refer to the environment
import { describe, expect, test } from '@jest/globals'
import type { Environment } from '../../../proxy/config/environment.ts'
import { ConfigError } from '../../../proxy/config/error.ts'
import { loadConfig } from '../../../proxy/config/load.ts'
import type { ProxyConfigFile } from '../../../proxy/config.ts'

const UPSTREAM = 'upstream_url: http://127.0.0.1:10254/metrics\n'

function load(text: string, env: Environment = {}, overrides: Partial<ProxyConfigFile> = {}) {
  return loadConfig({ file: { name: 'config.yaml', text }, overrides, env })
}

function problems(text: string, env: Environment = {}): readonly string[] {
  try {
    load(text, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('a configuration file', () => {
  test('needs no more than an upstream; the rest has defaults', () => {
    expect(load(UPSTREAM)).toEqual({
      config: {
        listenAddress: '::',
        listenPort: 8080,
        upstreams: [{ kind: 'url', url: 'http://127.0.0.1:10254/metrics' }],
        aggregation: {
          counters: 'sum',
          gauges: 'sum',
          overrides: [],
          onTargetFailure: 'hold',
          holdRounds: 3,
          forgetAfterMs: 600_000,
          targetMetrics: false,
        },
        logLevel: 'info',
        scrapeTimeoutMs: 15_000,
        tls: { insecureSkipVerify: false },
        limits: { inputBytesMax: 10_485_760, outputBytesMax: 10_485_760, onLimit: 'truncate' },
        rules: { main: [], subsets: [], merge: expect.objectContaining({ counters: 'sum', gauges: 'sum' }) },
        subsetMaxAgeMs: 60_000,
        subsetTimestamps: false,
        policies: {
          inline: undefined,
          providers: [],
          service: expect.objectContaining({ name: undefined, labels: new Map() }),
        },
      },
      warnings: [],
    })
  })

  test('has all keys that the operator writes', () => {
    const file: ProxyConfigFile = {
      listen_address: '0.0.0.0',
      listen_port: 9090,
      upstream_url: 'https://127.0.0.1:${PORT_HTTPS}/metrics',
      log_level: 'debug',
      scrape_timeout: '8s',
      tls_config: { ca_file: '/ca.pem', server_name: 'app', insecure_skip_verify: true },
      bearer_token_file: '/token',
      prometheus: { max_input_bytes_per_scrape: '1Mi', max_output_bytes_per_scrape: 0, on_limit: 'fail' },
      metric_relabel_configs: [{ action: 'labeldrop', regex: 'path' }],
      subsets: [
        { name: 'requests', metric_relabel_configs: [{ action: 'keep', sourceLabels: ['a'], regex: 'b' }] },
      ],
      subset_max_age: '30s',
    }
    const { config, warnings } = load(JSON.stringify(file), { PORT_HTTPS: '8443' })
    expect(warnings).toEqual([])
    expect(config).toMatchObject({
      listenAddress: '0.0.0.0',
      listenPort: 9090,
      upstreams: [{ kind: 'url', url: 'https://127.0.0.1:8443/metrics' }],
      logLevel: 'debug',
      scrapeTimeoutMs: 8000,
      tls: { caFile: '/ca.pem', serverName: 'app', insecureSkipVerify: true },
      bearerTokenFile: '/token',
      limits: { inputBytesMax: 2 ** 20, outputBytesMax: 0, onLimit: 'fail' },
      subsetMaxAgeMs: 30_000,
    })
    expect(config.rules.main.map(rule => rule.action)).toEqual(['labeldrop'])
    expect(config.rules.subsets.map(({ name, rules }) => [name, rules[0]?.sourceLabels])).toEqual([
      ['requests', ['a']],
    ])
  })

  test('of Tero Edge is one: its keys without a meaning here are named once', () => {
    const edge = {
      listen_address: '127.0.0.1',
      listen_port: 8080,
      upstream_url: 'http://127.0.0.1:9090',
      metrics_url: 'http://127.0.0.1:9100',
      log_level: 'err',
      max_body_size: 1_048_576,
      max_connections: 256,
      worker_count: 1,
      thread_pool_count: 32,
      tap_enabled: true,
      service: { name: 'tero-edge', namespace: 'tero', version: 'latest' },
      policy_providers: [
        { id: 'file', type: 'file', path: 'policies.json' },
        {
          id: 'http',
          type: 'http',
          url: 'https://api.example/v1/policy/sync',
          headers: [{ name: 'Authorization', value: 'Bearer ${TOKEN}' }],
          poll_interval_secs: 30,
        },
      ],
      prometheus: { max_input_bytes_per_scrape: 1024, max_output_bytes_per_scrape: 2048 },
    }
    const { config, warnings } = load(JSON.stringify(edge), { TOKEN: 't' })
    expect(warnings).toEqual([
      'max_body_size, max_connections, worker_count, thread_pool_count, tap_enabled: accepted as a key of Tero Edge, without effect here',
    ])
    expect(config).toMatchObject({
      upstreams: [{ kind: 'url', url: 'http://127.0.0.1:9100/metrics' }],
      logLevel: 'error',
      policies: {
        inline: undefined,
        providers: [
          { type: 'file', id: 'file', path: 'policies.json' },
          {
            type: 'http',
            id: 'http',
            url: 'https://api.example/v1/policy/sync',
            headers: [{ name: 'Authorization', value: 'Bearer t' }],
            encoding: 'json',
            pollIntervalMs: 30_000,
          },
        ],
        service: { name: 'tero-edge', namespace: 'tero', version: 'latest' },
      },
    })
  })

  test('keeps the text of rules, as Prometheus reads them', () => {
    const { config } = load(
      `${UPSTREAM}metric_relabel_configs: [{ regex: 1.10, target_label: a, replacement: 0x1F }]`,
    )
    expect(config.rules.main[0]).toMatchObject({ regex: '1.10', replacement: '0x1F' })
  })

  test('may have keys with nothing after them, as where all below is commented out', () => {
    const empty = 'metric_relabel_configs:\nsubsets:\ntls_config:\nprometheus:\nlisten_port:\n'
    expect(load(UPSTREAM + empty)).toEqual(load(UPSTREAM))
    expect(load(`${UPSTREAM}subsets: [{ name: a, metric_relabel_configs: }]`).config.rules.subsets).toEqual([
      { name: 'a', rules: [] },
    ])
  })

  test('says when tls_config has nothing to do', () => {
    expect(load(`${UPSTREAM}tls_config: { insecure_skip_verify: true }`).warnings).toEqual([
      'tls_config: without effect, because the upstream is not https',
    ])
  })
})

describe('aggregation', () => {
  const aggregation = (text: string) => load(text).config.aggregation

  test.each([
    [UPSTREAM, 'sum', false],
    ['upstream_urls: [a:1, b:2]', 'sum', true],
    ['upstream_url: dns+http://app:80', 'increase', true],
    ['upstream_urls: [a:1, dnssrv+http://_m._tcp.app]', 'increase', true],
    [`${UPSTREAM}aggregation: { counters: increase }`, 'increase', false],
    ['upstream_url: dns+http://app:80\naggregation: { counters: sum, target_metrics: false }', 'sum', false],
  ])('%j: counters by %s, metrics of targets: %s', (text, counters, targetMetrics) =>
    expect(aggregation(text)).toMatchObject({ counters, targetMetrics }),
  )

  test('has functions by name, of which the first that matches counts', () => {
    const { gauges, overrides, onTargetFailure, holdRounds, forgetAfterMs } = aggregation(
      `${UPSTREAM}aggregation: { gauges: max, on_target_failure: partial, hold_rounds: 5, forget_after: 1m, overrides: [{ metrics: 'a|b.*', function: min }] }`,
    )
    expect([gauges, onTargetFailure, holdRounds, forgetAfterMs]).toEqual(['max', 'partial', 5, 60_000])
    expect(overrides.map(({ pattern, function: by }) => [pattern, by])).toEqual([['a|b.*', 'min']])
    expect(['a', 'bb', 'ab'].map(name => overrides[0]?.metrics.test(name))).toEqual([true, true, false])
  })

  test('says what has nothing to do', () =>
    expect(load(`${UPSTREAM}aggregation: { on_target_failure: fail }`).warnings).toEqual([
      'aggregation.on_target_failure: without effect, because there is one upstream',
    ]))

  test('says that the limit of series is for one application', () => {
    const limit = 'prometheus: { max_series_per_scrape: 1000, on_series_limit: drop }'
    expect(load(`upstream_urls: [a:1, b:2]\n${limit}`).warnings).toEqual([
      'prometheus.max_series_per_scrape: without effect, because what is scraped is aggregated',
    ])
    const { config, warnings } = load(UPSTREAM + limit)
    expect([config.limits.series, warnings]).toEqual([{ max: 1000, onLimit: 'drop' }, []])
  })
})

describe('what is wrong is named', () => {
  test.each([
    ['upstream_urls: []', 'upstream_urls: expected at least one URL'],
    ['upstream_urls: a', 'upstream_urls: expected a list of URLs, got "a"'],
    ['upstream_urls: [a:1, ftp://a]', 'upstream_urls[1]: expected an http or https URL, got "ftp://a"'],
    [`${UPSTREAM}upstream_urls: [a:1]`, 'upstream_urls: there is upstream_url too; list all upstreams here'],
    [
      'upstream_urls: [a:1, http://a:1/metrics]',
      'upstream_urls: http://a:1/metrics occurs more than once; its counts would double',
    ],
    [`${UPSTREAM}aggregation: increase`, 'aggregation: expected keys and values, got "increase"'],
    [`${UPSTREAM}aggregation: { counter: sum }`, 'aggregation.counter: unknown key; did you mean counters?'],
    [
      `${UPSTREAM}aggregation: { counters: max }`,
      'aggregation.counters: expected sum or increase, got "max"',
    ],
    [
      `${UPSTREAM}aggregation: { gauges: last }`,
      'aggregation.gauges: expected sum, min, max, avg, count or drop, got "last"',
    ],
    [
      `${UPSTREAM}aggregation: { on_target_failure: ignore }`,
      'aggregation.on_target_failure: expected hold, partial or fail, got "ignore"',
    ],
    [
      `${UPSTREAM}aggregation: { hold_rounds: -1 }`,
      'aggregation.hold_rounds: expected a number of rounds from 0 to 1000, got -1',
    ],
    [
      `${UPSTREAM}aggregation: { overrides: [{ metrics: '(', function: sum }] }`,
      'aggregation.overrides[0].metrics: error parsing regexp: missing closing ): `^(?s:()$`',
    ],
    [
      `${UPSTREAM}aggregation: { overrides: [{ metrics: a, functions: sum, function: sum }] }`,
      'aggregation.overrides[0].functions: unknown key; did you mean function?',
    ],
    [
      `${UPSTREAM}aggregation: { overrides: [{ metrics: a }] }`,
      'aggregation.overrides[0].function: expected sum, min, max, avg, count or drop, got nothing',
    ],
    [`${UPSTREAM}subset_timestamps: 1`, 'subset_timestamps: expected true or false, got 1'],
    ['', 'expected keys and values, such as upstream_url: http://127.0.0.1:10254/metrics'],
    ['- a', 'expected keys and values, such as upstream_url: http://127.0.0.1:10254/metrics'],
    [
      '{}',
      "upstream_url: missing: expected the address of the application's metrics, such as http://127.0.0.1:10254/metrics",
    ],
    [`${UPSTREAM}upstream_ur: x`, 'upstream_ur: unknown key; did you mean upstream_url?'],
    [`${UPSTREAM}replicas: 3`, 'replicas: unknown key'],
    [
      `${UPSTREAM}prometheus: { on_limits: fail }`,
      'prometheus.on_limits: unknown key; did you mean on_limit?',
    ],
    [
      `${UPSTREAM}prometheus: { on_limit: stop }`,
      'prometheus.on_limit: expected truncate or fail, got "stop"',
    ],
    [`${UPSTREAM}tls_config: { ca_flie: a }`, 'tls_config.ca_flie: unknown key; did you mean ca_file?'],
    [`${UPSTREAM}listen_port: http`, 'listen_port: expected a port number from 0 to 65535, got "http"'],
    [`${UPSTREAM}bearer_token_file: ""`, 'bearer_token_file: expected the path of a file, got ""'],
    [
      `${UPSTREAM}metric_relabel_configs: [{ action: kepe }]`,
      'metric_relabel_configs[0].action: unknown relabel action "kepe"',
    ],
    [
      `${UPSTREAM}metric_relabel_configs: [{ action: drop, source_label: [a] }]`,
      'metric_relabel_configs[0].source_label: unknown key; did you mean source_labels?',
    ],
    [
      `${UPSTREAM}metric_relabel_configs: 3`,
      'metric_relabel_configs: expected a list of relabelling rules, got 3',
    ],
    [
      `${UPSTREAM}subsets: [{ name: a/b }]`,
      `subsets[0].name: expected letters, digits, '-', '_' and '.', because it is a part of the path /metrics/<name>; got "a/b"`,
    ],
    [`${UPSTREAM}subsets: [{}]`, 'subsets[0].name: expected the name of the subset, got nothing'],
    [
      `${UPSTREAM}subsets: [{ name: a }, { name: a }]`,
      'subsets: the name "a" occurs more than once; each subset needs its own',
    ],
    [
      `${UPSTREAM}policy_providers: [{ type: ftp }]`,
      'policy_providers[0].type: expected a provider of type "file" (with path) or "http" (with url)',
    ],
    [
      `${UPSTREAM}policy_providers: [{ type: http, url: x }]`,
      'policy_providers[0].url: expected an http or https URL, got "x"',
    ],
    ['upstream_url: 3', 'upstream_url: expected a URL such as http://127.0.0.1:10254/metrics, got 3'],
    ['upstream_url: ftp://app/', 'upstream_url: expected an http or https URL, got "ftp://app/"'],
    [
      'upstream_url:',
      "upstream_url: missing: expected the address of the application's metrics, such as http://127.0.0.1:10254/metrics",
    ],
    [
      `${UPSTREAM}listen_address: 3`,
      'listen_address: expected an address to listen on, such as 0.0.0.0, got 3',
    ],
    [`${UPSTREAM}listen_port: 65536`, 'listen_port: expected a port number from 0 to 65535, got 65536'],
    [`${UPSTREAM}log_level: loud`, 'log_level: expected one of trace, debug, info, warn, error; got "loud"'],
    [
      `${UPSTREAM}scrape_timeout: 15`,
      'scrape_timeout: expected a duration with its unit, such as 15s or 1m30s, got 15',
    ],
    [
      `${UPSTREAM}subset_max_age: 0s`,
      'subset_max_age: expected a duration with its unit, such as 15s or 1m30s, got "0s"',
    ],
    [`${UPSTREAM}prometheus: 3`, 'prometheus: expected keys and values, got 3'],
    [
      `${UPSTREAM}prometheus: { max_input_bytes_per_scrape: 10MB }`,
      'prometheus.max_input_bytes_per_scrape: expected a number of bytes or a quantity such as 10Mi, got "10MB"',
    ],
    [
      `${UPSTREAM}prometheus: { max_series_per_scrape: 10Mi }`,
      'prometheus.max_series_per_scrape: expected a number of series, 0 for no limit, got "10Mi"',
    ],
    [
      `${UPSTREAM}prometheus: { on_series_limit: truncate }`,
      'prometheus.on_series_limit: expected pass or drop, got "truncate"',
    ],
    [`${UPSTREAM}tls_config: [a]`, 'tls_config: expected keys and values, got ["a"]'],
    [
      `${UPSTREAM}tls_config: { insecure_skip_verify: yes }`,
      'tls_config.insecure_skip_verify: expected true or false, got "yes"',
    ],
    [
      `${UPSTREAM}metric_relabel_configs: [3]`,
      'metric_relabel_configs[0]: expected a relabel config (a map), got the number 3',
    ],
    [
      `${UPSTREAM}metric_relabel_configs: [{ action: keep }, { action: drop, regex: '(' }]`,
      'metric_relabel_configs[1].regex: error parsing regexp: missing closing ): `^(?s:()$`',
    ],
    [
      `${UPSTREAM}metric_relabel_configs: [{ action: hashmod, target_label: a }]`,
      'metric_relabel_configs[0].modulus: relabel configuration for hashmod requires non-zero modulus',
    ],
    [
      `${UPSTREAM}subsets: [{ name: a, metric_relabel_configs: [{ action: labeldrop, regex: a, target_label: b }] }]`,
      "subsets[0].metric_relabel_configs[0].target_label: labeldrop action requires only 'regex', and no other fields",
    ],
    [`${UPSTREAM}subsets: 3`, 'subsets: expected a list of subsets, got 3'],
    [`${UPSTREAM}subsets: [3]`, 'subsets[0]: expected keys and values, got 3'],
    [
      `${UPSTREAM}subsets: [{ name: ${'a'.repeat(64)} }]`,
      'subsets[0].name: expected at most 63 characters, because it is a part of the path /metrics/<name>',
    ],
    [`${UPSTREAM}constructor: 1`, 'constructor: unknown key'],
    [`${UPSTREAM}__proto__: 1`, '__proto__: unknown key'],
    [`${UPSTREAM}log_level: info\nlog_level: debug`, 'Map keys must be unique at line 3, column 1'],
    [
      'upstream_url: http://127.0.0.1:${PORT_HTTP_METRICS}/metrics',
      'upstream_url: no container port of this pod is named "http-metrics" (the environment variable PORT_HTTP_METRICS is not set)',
    ],
    [
      `${UPSTREAM}bearer_token_file: \${A B}`,
      'bearer_token_file: "${A B}" is not the name of an environment variable; a literal ${ is written $${',
    ],
  ])('%j', (text, problem) => expect(problems(text)).toEqual([problem]))

  test('YAML that does not parse: with line and column', () => {
    const [problem] = problems('a: [')
    expect(problem).toMatch(/at line 1, column 5$/)
  })

  test('YAML that explodes: refused, not expanded', () => {
    const bomb = [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
    ]
    expect(problems(bomb.join('\n'))).toEqual([expect.stringContaining('alias')])
  })

  test('YAML that contains itself', () =>
    expect(problems('a: &a [*a]')).toEqual(['an alias stands inside of what it stands for']))

  test('what is no YAML at all, with no more than ten errors', () => {
    const found = problems('[\n'.repeat(10_000))
    expect(found.length).toBeGreaterThan(0)
    expect(found.length).toBeLessThanOrEqual(10)
  })

  test('YAML that is nested too deeply', () =>
    expect(problems(`${UPSTREAM}subsets: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).not.toEqual([]))

  test('each address of a list', () =>
    expect(problems('upstream_urls: [ftp://a, 3, ftp://b]')).toEqual([
      'upstream_urls[0]: expected an http or https URL, got "ftp://a"',
      'upstream_urls[1]: expected a URL such as http://127.0.0.1:10254/metrics, got 3',
      'upstream_urls[2]: expected an http or https URL, got "ftp://b"',
    ]))

  test('all at once, and a variable that is not set only by that', () => {
    const text = 'upstream_url: ${NOPE}\nlisten_port: x\nsubsets: [{ name: a }, { name: a }]\nlog_levle: info'
    expect(problems(text)).toEqual([
      'upstream_url: the environment variable NOPE is not set',
      'listen_port: expected a port number from 0 to 65535, got "x"',
      'log_levle: unknown key; did you mean log_level?',
      'subsets: the name "a" occurs more than once; each subset needs its own',
    ])
  })
})

describe('the command line', () => {
  test('wins over the file', () => {
    const { config } = load(
      `${UPSTREAM}metrics_url: http://b/m\nlisten_port: 1`,
      {},
      { upstream_url: 'c:1/m', listen_port: '2' },
    )
    expect(config).toMatchObject({ upstreams: [{ kind: 'url', url: 'http://c:1/m' }], listenPort: 2 })
  })

  test('makes up for a variable of the file that is not set', () => {
    const { config } = load('upstream_url: http://a:${PORT_X}/m', {}, { upstream_url: 'http://b/m' })
    expect(config.upstreams).toEqual([{ kind: 'url', url: 'http://b/m' }])
  })
})

describe("the forerunner's rules", () => {
  const overrides = { upstream_url: 'http://app/metrics' }
  const rulesOf = (text: string) =>
    loadConfig({ relabel: { name: 'rules.yaml', text }, overrides, env: {} }).config.rules

  test('are a list for the main output', () => {
    const { main, subsets } = rulesOf('- { action: labeldrop, regex: path }')
    expect([main.length, subsets]).toEqual([1, []])
  })

  test('or a map: metric_relabel_configs is the main output, every other key a subset', () => {
    const { main, subsets } = rulesOf(
      'metric_relabel_configs: []\nrequests:\n- { action: labeldrop, regex: a }\nall:\n',
    )
    expect([main, subsets.map(({ name, rules }) => [name, rules.length])]).toEqual([
      [],
      [
        ['requests', 1],
        ['all', 0],
      ],
    ])
  })

  test.each(['requests: []', 'text', '3'])('%j is neither', text =>
    expect(() => rulesOf(text)).toThrow(
      'rules.yaml: expected a list of relabelling rules, or a map with the key metric_relabel_configs and a key for each subset',
    ),
  )
})
