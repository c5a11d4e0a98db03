import { type InvalidGate, refused } from './refused.ts'

const SELECTS_SHOP = { selector: { matchLabels: { app: 'shop' } } }
const WEB = { key: 'tier', operator: 'In', values: ['web'] }

/** Of `BREAKS_A_RULE` what concerns modes, targets and aggregators. */
export const AGGREGATION_BREAKS_A_RULE: readonly InvalidGate[] = [
  refused('mode DNS without selector', { mode: 'DNS' }, 'selector', 'mode DNS and Subset need selector'),
  refused(
    'mode Subset without selector',
    { mode: 'Subset' },
    'selector',
    'mode DNS and Subset need selector',
  ),
  refused(
    'mode DNS with a selector that a Service cannot have',
    { mode: 'DNS', selector: { matchLabels: { app: 'shop' }, matchExpressions: [WEB] } },
    'selector',
    'mode DNS finds pods by a Service, which knows matchLabels alone',
  ),
  refused(
    'mode DNS with a selector for everything',
    { mode: 'DNS', selector: {} },
    'selector',
    'give at least one label',
  ),
  refused(
    'mode DNS with a token file',
    { mode: 'DNS', ...SELECTS_SHOP, targets: [{ port: 1, bearerTokenFile: '/var/token' }] },
    'targets',
    'mode DNS has no files of the pods: remove bearerTokenFile',
  ),
  refused(
    'mode DNS with shards',
    { mode: 'DNS', ...SELECTS_SHOP, aggregator: { shards: 2 } },
    'aggregator.shards',
    'aggregator.shards above 1 needs mode Subset',
  ),
  refused(
    'mode Subset without an aggregated subset',
    { mode: 'Subset', ...SELECTS_SHOP, subsets: [{ name: 'a' }] },
    'subsets',
    'mode Subset aggregates exactly one subset',
  ),
  refused(
    'mode Subset with two aggregated subsets',
    { mode: 'Subset', ...SELECTS_SHOP, subsets: ['a', 'b'].map(name => ({ name, aggregate: true })) },
    'subsets',
    'mode Subset aggregates exactly one subset',
  ),
  refused(
    'an aggregated subset in mode Sidecar',
    { subsets: [{ name: 'a', aggregate: true }] },
    'subsets',
    'the one with aggregate: true; other modes none',
  ),
  refused(
    'replicas that a PodMonitor would scrape all',
    { aggregator: { replicas: 2 }, monitor: { kind: 'PodMonitor' } },
    'aggregator.replicas',
    'aggregator.replicas above 1 needs monitor.kind ServiceMonitor',
  ),
  refused(
    'a timeout of the aggregator without unit',
    { aggregator: { scrapeTimeout: '8' } },
    'aggregator.scrapeTimeout',
    'a duration is a number and a unit',
  ),
  refused(
    'a request of the aggregator above its limit',
    { aggregator: { resources: { requests: { cpu: 2 }, limits: { cpu: 1 } } } },
    'aggregator.resources.requests',
    'a request cannot be more than the limit of the same name',
  ),
  refused(
    'the same target twice',
    { targets: [{ port: 1 }, { port: 2 }, { port: 1, path: '/metrics' }] },
    'targets',
    'two targets with the same port and path are one target',
  ),
  refused(
    'targets with different tokens',
    { targets: [{ port: 1, bearerTokenFile: '/a' }, { port: 2 }] },
    'targets',
    'all targets have the same bearerTokenFile, or none',
  ),
  refused(
    'targets with different ideas of a certificate',
    {
      targets: [
        { port: 1, scheme: 'HTTPS' },
        { port: 2 },
        { port: 3, scheme: 'HTTPS', tlsConfig: { insecureSkipVerify: true } },
      ],
    },
    'targets',
    'all targets with scheme HTTPS have the same tlsConfig, or none',
  ),
]

/** Of `BREAKS_THE_SCHEMA` the same. */
export const AGGREGATION_BREAKS_THE_SCHEMA: readonly InvalidGate[] = [
  refused(
    'nine targets',
    { targets: Array.from({ length: 9 }, (_, index) => ({ port: index + 1 })) },
    'targets',
    'must have at most 8 items',
  ),
  refused(
    'an unknown function for counters',
    { aggregation: { counters: 'Max' } },
    'aggregation.counters',
    'supported values: "Sum", "Increase"',
  ),
  refused(
    'an unknown function for gauges',
    { aggregation: { gauges: 'Last' } },
    'aggregation.gauges',
    'supported values: "Sum", "Min", "Max", "Avg", "Count", "Drop"',
  ),
  refused(
    'an override without its metrics',
    { aggregation: { overrides: [{ function: 'Max' }] } },
    'aggregation.overrides[0].metrics',
    'Required value',
  ),
  refused(
    'an unknown word for targets that fail',
    { aggregation: { onTargetFailure: 'Ignore' } },
    'aggregation.onTargetFailure',
    'supported values: "Hold", "Partial", "Fail"',
  ),
  refused(
    'no replica of the aggregator',
    { aggregator: { replicas: 0 } },
    'aggregator.replicas',
    'should be greater than or equal to 1',
  ),
  refused(
    'too many shards',
    { aggregator: { shards: 17 } },
    'aggregator.shards',
    'should be less than or equal to 16',
  ),
]

/** Of `BREAKS_THE_PROXY` the same. */
export const AGGREGATION_BREAKS_THE_PROXY: readonly InvalidGate[] = [
  refused(
    'an override whose regex has an open bracket',
    {
      aggregation: {
        overrides: [
          { metrics: 'a.*', function: 'Max' },
          { metrics: '[a-z', function: 'Min' },
        ],
      },
    },
    'aggregation.overrides[1].metrics',
    'missing closing ]',
  ),
]
