import { gateWith, type SubmittedGate } from './gates.ts'

const MATCHERS = [
  { metricField: 'name', regex: '^(?i)debug_|\\.tmp$' },
  { metricField: 'METRIC_FIELD_DESCRIPTION', contains: '' },
  { datapointAttribute: ['http', 'method'], exact: 'GET', caseInsensitive: true },
  { datapointAttribute: ['value'], equals: { doubleValue: 1.5 } },
  { datapointAttribute: ['timestamp'], gte: { intValue: 9007199254740991 } },
  { resourceAttribute: ['k8s.namespace.name'], startsWith: 'prod', negate: true },
  { scopeAttribute: ['library'], endsWith: 'x' },
  { metricType: 'METRIC_TYPE_GAUGE' },
  { metricType: 'histogram', negate: true },
  { aggregationTemporality: 'cumulative' },
  { datapointAttribute: ['a'], exists: false },
  { datapointAttribute: ['a'], equals: { boolValue: true } },
  { datapointAttribute: ['a'], equals: { bytesValue: 'AQI=' } },
  { datapointAttribute: ['a'], equals: { hexValue: '0aFF' } },
  { datapointAttribute: ['value'], lt: { intValue: -1 } },
  { datapointAttribute: ['value'], lte: { doubleValue: 0 } },
]

const selectsShop = { selector: { matchLabels: { app: 'shop' } } }

/** Gates that are right, from the smallest to one that says everything. */
export const VALID_GATES: readonly { readonly title: string; readonly gate: SubmittedGate }[] = [
  { title: 'the least that a gate has', gate: gateWith() },
  { title: 'a named port', gate: gateWith({ targets: [{ port: 'http-metrics' }] }) },
  { title: 'a name of 52 characters', gate: gateWith({}, 'a'.repeat(52)) },
  { title: 'mode DNS with a selector', gate: gateWith({ mode: 'DNS', ...selectsShop }) },
  {
    title: 'mode DNS with much to say about its aggregator',
    gate: gateWith({
      mode: 'DNS',
      ...selectsShop,
      targets: [{ port: 'http-metrics' }, { port: 9102, path: '/stats', scheme: 'HTTPS' }],
      aggregation: {
        counters: 'Sum',
        gauges: 'Max',
        overrides: [{ metrics: '.*_(ratio|percent)', function: 'Avg' }],
        onTargetFailure: 'Partial',
        targetMetrics: false,
      },
      aggregator: {
        replicas: 2,
        resources: { requests: { cpu: '100m' }, limits: { memory: '2Gi' } },
        scrapeTimeout: '8s',
        networkPolicy: { enabled: true },
      },
    }),
  },
  {
    title: 'mode Subset in shards, without a monitor',
    gate: gateWith({
      mode: 'Subset',
      ...selectsShop,
      subsets: [{ name: 'requests', aggregate: true }, { name: 'more' }],
      aggregator: { shards: 4, replicas: 3 },
      monitor: { enabled: false, kind: 'PodMonitor' },
    }),
  },
  {
    title: 'eight targets',
    gate: gateWith({
      targets: ['/a', '/b'].flatMap(path => [1, 2, 'http', 'https'].map(port => ({ port, path }))),
    }),
  },
  {
    title: 'targets that share token and certificate check, behind HTTPS and not',
    gate: gateWith({
      targets: [
        { port: 1, bearerTokenFile: '/token' },
        { port: 2, bearerTokenFile: '/token', scheme: 'HTTPS', tlsConfig: { serverName: 'shop' } },
        { port: 3, bearerTokenFile: '/token', scheme: 'HTTPS', tlsConfig: { serverName: 'shop' } },
      ],
    }),
  },
  {
    title: 'policies with a matcher of each kind',
    gate: gateWith({
      policies: [
        { id: 'a', name: 'A', description: 'why', metric: { match: MATCHERS, keep: false } },
        { id: 'b', name: 'B', enabled: false, metric: { match: [{ metricType: 'sum' }], keep: true } },
      ],
    }),
  },
  {
    title: 'providers of policies, with secrets and without',
    gate: gateWith({
      policyProviders: [
        { configMap: { name: 'team.policies', key: '.policies_v1.yaml' } },
        { http: { url: 'http://[fd00::1]:8080?x=y' } },
        {
          http: {
            url: 'https://policies.example:8443/v1/policy/sync',
            pollInterval: '1m30s',
            encoding: 'Protobuf',
            headers: [
              { name: 'X-Team', value: 'a b' },
              { name: 'Authorization', valueFrom: { secretKeyRef: { name: 'token', key: 'bearer' } } },
            ],
          },
        },
      ],
    }),
  },
  { title: 'injection by selector', gate: gateWith({ injection: 'Selector', ...selectsShop }) },
  {
    title: 'limits as numbers, strings and nothing',
    gate: gateWith({ limits: { maxInputBytesPerScrape: 0, maxOutputBytesPerScrape: '1024Gi' } }),
  },
  {
    title: 'a limit of series',
    gate: gateWith({
      limits: { maxSeriesPerScrape: 100_000_000, onSeriesLimit: 'Drop' },
      aggregation: { counters: 'Sum' },
    }),
  },
  {
    title: 'no limit of series, in a mode that could have none',
    gate: gateWith({ mode: 'DNS', ...selectsShop, limits: { maxSeriesPerScrape: 0 } }),
  },
  {
    title: 'fields that an action refuses, with the values that they have anyway',
    gate: gateWith({
      metricRelabelings: [
        {
          action: 'labeldrop',
          regex: 'path',
          separator: ';',
          replacement: '$1',
          targetLabel: '',
          modulus: 0,
        },
        {
          action: 'keepequal',
          targetLabel: 'a',
          sourceLabels: ['b'],
          separator: ';',
          replacement: '$1',
          modulus: 0,
        },
        { action: 'uppercase', targetLabel: 'a', sourceLabels: ['b'], replacement: '$1' },
      ],
    }),
  },
  {
    title: 'regular expressions that are RE2 and not JavaScript',
    gate: gateWith({
      metricRelabelings: ['(?i)get|head', '(?P<verb>[[:alpha:]]+)', '\\Qa.b\\E', '\\pN+', ''].map(regex => ({
        action: 'keep',
        sourceLabels: ['verb'],
        regex,
      })),
    }),
  },
  {
    title: 'everything',
    gate: gateWith({
      mode: 'Subset',
      selector: {
        matchLabels: { 'app.kubernetes.io/name': 'shop' },
        matchExpressions: [
          { key: 'tier', operator: 'In', values: ['web', 'api'] },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      },
      injection: 'Selector',
      targets: [
        {
          port: 'https',
          path: '/probe?module=icmp',
          scheme: 'HTTPS',
          tlsConfig: { insecureSkipVerify: true, serverName: 'shop.local' },
          bearerTokenFile: '/var/run/secrets/token',
        },
      ],
      metricRelabelings: [
        { action: 'Drop', sourceLabels: ['__name__'], regex: 'go_.*' },
        { sourceLabels: ['a', 'b'], separator: '', regex: '(.+)', targetLabel: '$1_x', replacement: '' },
        { action: 'hashmod', sourceLabels: ['path'], modulus: 16, targetLabel: 'shard' },
        { action: 'labelmap', regex: 'a_(.+)' },
      ],
      subsets: [
        { name: 'all' },
        { name: 'requests', aggregate: true, metricRelabelings: [{ action: 'labeldrop', regex: 'pod' }] },
      ],
      subsetTimestamps: true,
      aggregation: { counters: 'Increase', overrides: [{ metrics: 'a_(b|c)', function: 'Drop' }] },
      aggregator: { replicas: 1, shards: 2, scrapeTimeout: '8s' },
      limits: { maxInputBytesPerScrape: '512Ki', maxOutputBytesPerScrape: 1048576, onLimit: 'Fail' },
      scrapeTimeout: '9s500ms',
      monitor: {
        enabled: true,
        kind: 'PodMonitor',
        interval: '1m',
        scrapeTimeout: '60s',
        labels: { release: 'prometheus' },
      },
      proxy: {
        image: 'registry.example/proxy:1',
        imagePullPolicy: 'IfNotPresent',
        port: 9000,
        resources: { requests: { cpu: '0.1', memory: '64Mi' }, limits: { memory: '0.5Gi', cpu: 1 } },
        logLevel: 'debug',
        nativeSidecar: 'Never',
        rollout: 'Auto',
      },
    }),
  },
]
