import { gateWith } from './gates.ts'
import {
  AGGREGATION_BREAKS_A_RULE,
  AGGREGATION_BREAKS_THE_PROXY,
  AGGREGATION_BREAKS_THE_SCHEMA,
} from './invalid-aggregation.ts'
import {
  POLICIES_BREAK_A_RULE,
  POLICIES_BREAK_THE_PROXY,
  POLICIES_BREAK_THE_SCHEMA,
} from './invalid-policies.ts'
import { type InvalidGate, refused, refusedRule } from './refused.ts'

/** Gates that break a rule which both the API server (in CEL) and the operator (in TypeScript) enforce. */
export const BREAKS_A_RULE: readonly InvalidGate[] = [
  ...AGGREGATION_BREAKS_A_RULE,
  ...POLICIES_BREAK_A_RULE,
  refused(
    'injection Selector without selector',
    { injection: 'Selector' },
    'selector',
    'injection Selector needs a selector with at least one label',
  ),
  refused(
    'injection Selector with an empty selector',
    { injection: 'Selector', selector: {} },
    'selector',
    'an empty one is every pod of the namespace',
  ),
  refused(
    'injection Selector with an empty matchLabels',
    { injection: 'Selector', selector: { matchLabels: {}, matchExpressions: [] } },
    'selector',
    'an empty one is every pod of the namespace',
  ),
  refused(
    'a label value with a space',
    { selector: { matchLabels: { app: 'my shop' } } },
    'selector.matchLabels[app]',
    "a label's value is made of letters",
  ),
  refused(
    'a label key with a space',
    { selector: { matchLabels: { 'my app': 'shop' } } },
    'selector.matchLabels',
    "a label's key is a name",
  ),
  refused(
    'operator In without values',
    { selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } },
    'selector.matchExpressions[0].values',
    'operators In and NotIn need values',
  ),
  refused(
    'operator Exists with values',
    { selector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['shop'] }] } },
    'selector.matchExpressions[0].values',
    'Exists and DoesNotExist take none',
  ),
  refused(
    'a selector key with two slashes',
    { selector: { matchExpressions: [{ key: 'a/b/c', operator: 'Exists' }] } },
    'selector.matchExpressions[0].key',
    'key is the key of a label',
  ),
  refused('port 0', { targets: [{ port: 0 }] }, 'targets[0].port', 'a port is a number from 1 to 65535'),
  refused(
    'port 65536',
    { targets: [{ port: 65536 }] },
    'targets[0].port',
    'a port is a number from 1 to 65535',
  ),
  refused('a port number in quotes', { targets: [{ port: '8080' }] }, 'targets[0].port', 'without quotes'),
  refused(
    'a port name with capitals',
    { targets: [{ port: 'HTTP' }] },
    'targets[0].port',
    'name of a container port',
  ),
  refused(
    'a path without slash',
    { targets: [{ port: 8080, path: 'metrics' }] },
    'targets[0].path',
    "a path begins with '/'",
  ),
  refused(
    'a path with a space',
    { targets: [{ port: 8080, path: '/my metrics' }] },
    'targets[0].path',
    "a path begins with '/'",
  ),
  refused(
    'tlsConfig without HTTPS',
    { targets: [{ port: 8080, tlsConfig: { insecureSkipVerify: true } }] },
    'targets[0].tlsConfig',
    'tlsConfig needs scheme: HTTPS',
  ),
  refused(
    'a relative token file',
    { targets: [{ port: 8080, bearerTokenFile: 'token' }] },
    'targets[0].bearerTokenFile',
    'bearerTokenFile is an absolute path',
  ),
  refused(
    'a subset name with capitals',
    { subsets: [{ name: 'Requests' }] },
    'subsets[0].name',
    "a subset's name is part of a path",
  ),
  refused(
    'a subset name with a slash',
    { subsets: [{ name: 'ok' }, { name: 'a/b' }] },
    'subsets[1].name',
    "a subset's name is part of a path",
  ),
  refused(
    'a negative limit',
    { limits: { maxInputBytesPerScrape: -1 } },
    'limits.maxInputBytesPerScrape',
    'a number of bytes is whole, from 0 to 1Ti',
  ),
  refused(
    'a limit in an unknown unit',
    { limits: { maxOutputBytesPerScrape: '10MB' } },
    'limits.maxOutputBytesPerScrape',
    'may end in k, M, G, Ki, Mi or Gi',
  ),
  refused(
    'a limit beyond all bounds',
    { limits: { maxOutputBytesPerScrape: '2000Gi' } },
    'limits.maxOutputBytesPerScrape',
    'from 0 to 1Ti',
  ),
  refused(
    'a limit of series over several targets',
    { limits: { maxSeriesPerScrape: 1 }, targets: [{ port: 1 }, { port: 2 }] },
    'limits.maxSeriesPerScrape',
    'needs mode Sidecar, one target and aggregation.counters Sum',
  ),
  refused(
    'a limit of series for counters that survive resets',
    { limits: { maxSeriesPerScrape: 1 }, aggregation: { counters: 'Increase' } },
    'limits.maxSeriesPerScrape',
    'needs mode Sidecar, one target and aggregation.counters Sum',
  ),
  refused(
    'a limit of series in an aggregator',
    { limits: { maxSeriesPerScrape: 1 }, mode: 'DNS', selector: { matchLabels: { app: 'shop' } } },
    'limits.maxSeriesPerScrape',
    'needs mode Sidecar, one target and aggregation.counters Sum',
  ),
  refused(
    'a timeout without unit',
    { scrapeTimeout: '10' },
    'scrapeTimeout',
    'a duration is a number and a unit',
  ),
  refused('a timeout of nothing', { scrapeTimeout: '0s' }, 'scrapeTimeout', 'more than zero'),
  refused('an interval in days', { monitor: { interval: '1d' } }, 'monitor.interval', 'a unit (h, m, s, ms)'),
  refused(
    'a timeout longer than the interval',
    { monitor: { interval: '30s', scrapeTimeout: '1m' } },
    'monitor.scrapeTimeout',
    'scrapeTimeout cannot be longer than interval',
  ),
  refused(
    'a monitor label with a space',
    { monitor: { labels: { release: 'my prometheus' } } },
    'monitor.labels[release]',
    "a label's value is made of letters",
  ),
  refused(
    "the application's port for the proxy",
    { proxy: { port: 8080 } },
    'proxy.port',
    'proxy.port cannot be the port of the application',
  ),
  refused(
    'a request above its limit',
    { proxy: { resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } } },
    'proxy.resources.requests',
    'a request cannot be more than the limit of the same name',
  ),
  refused(
    'an unknown resource',
    { proxy: { resources: { limits: { memmory: '1Gi' } } } },
    'proxy.resources.limits',
    'the proxy uses cpu, memory and ephemeral-storage',
  ),
  refused(
    'an amount that is none',
    { proxy: { resources: { limits: { memory: '1 GB' } } } },
    'proxy.resources.limits[memory]',
    'an amount is a Kubernetes quantity',
  ),
  refusedRule('replace without targetLabel', { replacement: 'x' }, 'targetLabel', 'need targetLabel'),
  refusedRule(
    'hashmod without modulus',
    { action: 'hashmod', targetLabel: 'shard' },
    'modulus',
    'hashmod needs modulus',
  ),
  refusedRule(
    'hashmod with modulus 0',
    { action: 'HashMod', targetLabel: 'shard', modulus: 0 },
    'modulus',
    'hashmod needs modulus',
  ),
  ...['lowercase', 'Uppercase', 'keepequal', 'DropEqual'].map(action =>
    refusedRule(
      `${action} without targetLabel`,
      { action, sourceLabels: ['a'] },
      'targetLabel',
      'need targetLabel',
    ),
  ),
  refusedRule(
    'lowercase with a replacement',
    { action: 'lowercase', targetLabel: 'a', replacement: 'x' },
    'replacement',
    'cannot have replacement',
  ),
  refusedRule(
    'keepequal with a regex, even the default one',
    { action: 'keepequal', targetLabel: 'a', regex: '(.*)' },
    'regex',
    'cannot have regex',
  ),
  refusedRule(
    'dropequal with a separator',
    { action: 'dropequal', targetLabel: 'a', separator: ',' },
    'separator',
    'cannot have separator',
  ),
  refusedRule(
    'labeldrop with sourceLabels',
    { action: 'labeldrop', regex: 'path', sourceLabels: ['path'] },
    'sourceLabels',
    'cannot have sourceLabels',
  ),
  refusedRule(
    'labelkeep with targetLabel',
    { action: 'LabelKeep', regex: 'path', targetLabel: 'path' },
    'targetLabel',
    'cannot have targetLabel',
  ),
  refusedRule(
    'labeldrop with modulus',
    { action: 'labeldrop', regex: 'path', modulus: 2 },
    'modulus',
    'cannot have modulus',
  ),
  refusedRule(
    'labelmap to a label without name',
    { action: 'labelmap', regex: 'a_(.+)', replacement: '' },
    'replacement',
    'labelmap copies to the label that replacement names',
  ),
  {
    title: 'a name with a dot',
    gate: gateWith({}, 'shop.eu'),
    field: 'metadata.name',
    says: "a gate's name becomes part of a Service's name",
  },
  {
    title: 'a name of 53 characters',
    gate: gateWith({}, 'a'.repeat(53)),
    field: 'metadata.name',
    says: 'at most 52 characters',
  },
]

/** Gates that do not fit the schema itself; `says` is what the API server says. */
export const BREAKS_THE_SCHEMA: readonly InvalidGate[] = [
  ...AGGREGATION_BREAKS_THE_SCHEMA,
  ...POLICIES_BREAK_THE_SCHEMA,
  refused('no targets', { targets: undefined }, 'targets', 'Required value'),
  refused('an empty list of targets', { targets: [] }, 'targets', 'should have at least 1 items'),
  refused('a target without port', { targets: [{ path: '/metrics' }] }, 'targets[0].port', 'Required value'),
  refused('an unknown mode', { mode: 'Daemon' }, 'mode', 'supported values: "Sidecar", "DNS", "Subset"'),
  refused(
    'an unknown scheme',
    { targets: [{ port: 1, scheme: 'http' }] },
    'targets[0].scheme',
    '"HTTP", "HTTPS"',
  ),
  refused(
    'an unknown monitor',
    { monitor: { kind: 'Probe' } },
    'monitor.kind',
    '"ServiceMonitor", "PodMonitor"',
  ),
  refused(
    'an unknown log level',
    { proxy: { logLevel: 'loud' } },
    'proxy.logLevel',
    '"debug", "info", "warn", "error"',
  ),
  refused(
    'a proxy port beyond 65535',
    { proxy: { port: 70000 } },
    'proxy.port',
    'less than or equal to 65535',
  ),
  refused(
    'a port of a wrong type',
    { targets: [{ port: true }] },
    'targets[0].port',
    'must be of type integer,string',
  ),
  refusedRule('an unknown action', { action: 'rename' }, 'action', 'Unsupported value: "rename"'),
  refusedRule(
    'a regex that is a number',
    { action: 'labeldrop', regex: 404 },
    'regex',
    'must be of type string',
  ),
  refusedRule(
    'a source label without name',
    { action: 'drop', sourceLabels: [''] },
    'sourceLabels[0]',
    'should be at least 1 chars long',
  ),
]

/** Gates that the API server refuses by other means than rules, and the operator by the schema of the proxy's configuration. */
export const BREAKS_THE_PROXY: readonly InvalidGate[] = [
  ...AGGREGATION_BREAKS_THE_PROXY,
  ...POLICIES_BREAK_THE_PROXY,
  refused(
    'two subsets of one name',
    { subsets: [{ name: 'a' }, { name: 'a' }] },
    'subsets[1]',
    'Duplicate value',
  ),
  refusedRule(
    'a regex with an open bracket',
    { action: 'keep', regex: '[a-z' },
    'regex',
    'missing closing ]',
  ),
  refusedRule(
    'a regex with lookahead',
    { action: 'keep', regex: '(?!foo).*' },
    'regex',
    'invalid or unsupported',
  ),
  refusedRule(
    'a regex with a back-reference',
    { action: 'keep', regex: '(a)\\1' },
    'regex',
    'invalid escape sequence',
  ),
]
