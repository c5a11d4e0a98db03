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

/** Specs that say one or a few things, right or wrong. */
export const anySpec: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  some({ scrapeTimeout: anyDuration }),
  some({ monitor: some({ interval: anyDuration, scrapeTimeout: anyDuration }) }),
  some({ limits: some({ maxInputBytesPerScrape: anyAmount }) }),
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
  some({ metricRelabelings: fc.array(anyRule, { minLength: 1, maxLength: 2 }) }),
)
