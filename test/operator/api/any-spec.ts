import fc from 'fast-check'
import { anyRule } from './any-rule.ts'

/** Texts that are nearly durations, quantities, names and paths. */
const anyText = fc
  .array(
    fc.constantFrom(
      '0',
      '1',
      '30',
      '.',
      '-',
      '/',
      's',
      'm',
      'ms',
      'h',
      'Mi',
      'Gi',
      'a',
      'b',
      'X',
      '_',
      ' ',
      'ä',
      '#',
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map(parts => parts.join(''))
const anyAmount = fc.oneof(
  anyText,
  fc.constantFrom('100m', '0.5', '1Gi', '64Mi', '10Mi', '1e3'),
  fc.integer({ min: -2, max: 70_000 }),
)
const anyDuration = fc.oneof(anyText, fc.constantFrom('10s', '1m', '90s', '1500ms'))
const anyLabels = fc.dictionary(anyText, anyText, { maxKeys: 2 })
const anyAmounts = fc.dictionary(fc.constantFrom('cpu', 'memory', 'gpu'), anyAmount, { maxKeys: 2 })
const some = <T>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(shape, { requiredKeys: [] })

const anyTarget = fc.record(
  {
    port: fc.constantFrom(1, 2, 'http'),
    path: fc.constantFrom('/a', '/b'),
    scheme: fc.constantFrom('HTTP', 'HTTPS'),
    tlsConfig: some({ insecureSkipVerify: fc.boolean(), serverName: fc.constantFrom('x', 'y') }),
    bearerTokenFile: fc.constantFrom('/a', '/b'),
  },
  { requiredKeys: ['port'] },
)
const anyOverride = fc.record(
  {
    metrics: fc.constantFrom('a', '', '(', '(?i)a', '(?!a)', '\\pN'),
    function: fc.constantFrom('Sum', 'Max', 'Drop', 'sum'),
  },
  { requiredKeys: ['metrics'] },
)

const anyRegex = fc.constantFrom('', 'a|b', '(', '(?!a)', '\\pN', 'a{1001}')
const anyNumber = some({ intValue: fc.constantFrom(0, 7, -(2 ** 53)), doubleValue: fc.constantFrom(0, 0.5) })
const anyValue = fc.oneof(anyNumber, some({ bytesValue: fc.constantFrom('', 'AQ==', 'AQ=', '%') }))
const anyMatcher = fc.oneof(
  some({
    metricField: fc.constantFrom('name', 'METRIC_FIELD_UNIT'),
    datapointAttribute: fc.constantFrom(['value'], ['a', 'b'], [], ['']),
    metricType: fc.constantFrom('gauge', 'METRIC_TYPE_SUM', 'METRIC_TYPE_UNSPECIFIED'),
    exact: anyText,
    exists: fc.boolean(),
    lt: anyNumber,
    negate: fc.boolean(),
  }),
  fc.record({ metricField: fc.constant('name'), regex: anyRegex }),
  fc.record({ datapointAttribute: fc.constant(['value']), equals: anyValue }),
)
const anyPolicy = fc.record(
  {
    id: fc.constantFrom('a', 'b'),
    name: fc.constantFrom('a', ''),
    metric: fc.record({ match: fc.array(anyMatcher, { maxLength: 2 }), keep: fc.boolean() }),
  },
  { requiredKeys: ['id', 'name'] },
)
const anyKeyRef = fc.record({ name: anyText, key: anyText })
const anyProvider = some({
  configMap: anyKeyRef,
  http: fc.record(
    {
      url: fc.oneof(
        anyText.map(text => `https://${text}`),
        fc.constantFrom('https://p.example', 'http://p:80/a?b', 'https://u@p', 'ftp://p', 'http://a..b'),
      ),
      pollInterval: anyDuration,
      headers: fc.tuple(fc.record({ name: anyText, value: anyText })),
    },
    { requiredKeys: ['url'] },
  ),
})

/** Specs that say one or a few things, right or wrong. */
export const anySpec: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  some({ scrapeTimeout: anyDuration }),
  some({ monitor: some({ interval: anyDuration, scrapeTimeout: anyDuration }) }),
  some({ limits: some({ maxInputBytesPerScrape: anyAmount }) }),
  some({
    mode: fc.constantFrom('Sidecar', 'DNS'),
    selector: fc.constant({ matchLabels: { app: 'shop' } }),
    targets: fc.subarray([{ port: 1 }, { port: 2 }], { minLength: 1 }),
    limits: fc.record({ maxSeriesPerScrape: fc.integer({ min: -1, max: 2 }) }),
    aggregation: some({ counters: fc.constantFrom('Sum', 'Increase') }),
  }),
  some({ targets: fc.tuple(fc.record({ port: anyAmount })) }),
  some({ targets: fc.tuple(fc.record({ port: fc.constant(1), path: anyText.map(text => `/${text}`) })) }),
  some({ selector: some({ matchLabels: anyLabels }), injection: fc.constantFrom('Annotation', 'Selector') }),
  some({ monitor: some({ labels: anyLabels }) }),
  some({ proxy: some({ resources: some({ requests: anyAmounts, limits: anyAmounts }) }) }),
  some({ subsets: fc.tuple(fc.record({ name: anyText })) }),
  some({
    mode: fc.constantFrom('Sidecar', 'DNS', 'Subset'),
    selector: some({
      matchLabels: anyLabels,
      matchExpressions: fc.constantFrom([], [{ key: 'a', operator: 'Exists' }]),
    }),
    subsets: fc.uniqueArray(some({ name: fc.constantFrom('a', 'b'), aggregate: fc.boolean() }), {
      maxLength: 2,
      selector: ({ name }) => name,
    }),
    aggregator: some({
      replicas: fc.integer({ min: 0, max: 4 }),
      shards: fc.integer({ min: 0, max: 3 }),
      scrapeTimeout: anyDuration,
    }),
    monitor: some({ enabled: fc.boolean(), kind: fc.constantFrom('ServiceMonitor', 'PodMonitor') }),
  }),
  some({
    mode: fc.constantFrom('Sidecar', 'DNS'),
    selector: fc.constant({ matchLabels: { app: 'shop' } }),
    targets: fc.array(anyTarget, { maxLength: 3 }),
  }),
  some({ aggregation: some({ overrides: fc.array(anyOverride, { maxLength: 2 }) }) }),
  some({ policies: fc.array(anyPolicy, { maxLength: 2 }) }),
  some({ policyProviders: fc.array(anyProvider, { maxLength: 2 }) }),
  some({ metricRelabelings: fc.array(anyRule, { minLength: 1, maxLength: 2 }) }),
)
