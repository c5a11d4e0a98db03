import { describe, expect, test } from '@jest/globals'
import { helpText, type OperatorOptions, OptionsError, parseOptions } from '../../operator/options.ts'

function optionsOf(args: string[], environment: Record<string, string> = {}): OperatorOptions {
  const command = parseOptions(args, environment, '1.2.3')
  if (command.kind !== 'run') throw new Error(`not a run: ${command.kind}`)
  return command.options
}

test('nothing is needed in a pod', () => {
  expect(optionsOf([])).toEqual({
    namespace: 'metricgate-system',
    'watch-namespaces': [],
    'proxy-image': 'metricgate/proxy:1.2.3',
    'proxy-run-as-user': 64650,
    'listen-address': '::',
    'webhook-port': 9443,
    'webhook-service': 'metricgate-webhook',
    'webhook-configuration': 'metricgate',
    'certificate-secret': 'metricgate-webhook-tls',
    certificates: 'managed',
    'metrics-port': 8080,
    'lease-duration-seconds': 10,
    'drain-seconds': 10,
    'log-level': 'info',
  })
})

describe('where a value comes from', () => {
  const environment = { POD_NAMESPACE: 'by-environment', LOG_LEVEL: 'debug' }

  test('the environment comes before the default', () => {
    expect(optionsOf([], environment)).toMatchObject({ namespace: 'by-environment', 'log-level': 'debug' })
  })

  test('the flag comes before the environment', () => {
    expect(optionsOf(['--namespace', 'by-flag'], environment).namespace).toBe('by-flag')
  })

  test('an empty variable is none', () => {
    expect(optionsOf([], { POD_NAMESPACE: '' }).namespace).toBe('metricgate-system')
  })
})

test('namespaces to watch are a list', () => {
  expect(optionsOf(['--watch-namespaces', 'shop, bank,shop,'])['watch-namespaces']).toEqual(['shop', 'bank'])
  expect(optionsOf([], { METRICGATE_WATCH_NAMESPACES: 'shop' })['watch-namespaces']).toEqual(['shop'])
})

describe('resources of proxies', () => {
  const resources = { requests: { cpu: '10m' }, limits: { cpu: 1, memory: '256Mi' } }

  test('are JSON, as in a gate', () => {
    expect(optionsOf(['--proxy-resources', JSON.stringify(resources)])['proxy-resources']).toEqual(resources)
    const environment = { METRICGATE_PROXY_RESOURCES: '{"limits":{"cpu":"500m"}}' }
    expect(optionsOf([], environment)['proxy-resources']).toEqual({ limits: { cpu: '500m' } })
  })

  test.each([
    ['limits: {cpu: 1}', 'is not valid JSON'],
    ['[]', 'expected object, received array'],
    ['{"limit":{"cpu":"1"}}', 'Unrecognized key: "limit"'],
    ['{"limits":{"cpu":"-1"}}', 'limits.cpu: an amount is a Kubernetes quantity without a sign: 100m'],
    ['{"limits":{"gpu":1}}', 'limits: the proxy uses cpu, memory and ephemeral-storage'],
    ['{"requests":{"cpu":2},"limits":{"cpu":1}}', 'requests: a request cannot be more than the limit'],
  ])('cannot be %s', (text, fault) => {
    const reading = () => optionsOf(['--proxy-resources', text])
    const form =
      '--proxy-resources (METRICGATE_PROXY_RESOURCES): JSON as in spec.proxy.resources: {"requests":'
    expect(reading).toThrow(OptionsError)
    expect(reading).toThrow(form)
    expect(reading).toThrow(fault)
  })
})

test.each([
  ['1', 1],
  ['1000650000', 1_000_650_000],
  ['2147483647', 2_147_483_647],
  ['image', 'image'],
])('proxies can run as %s', (text, user) => {
  expect(optionsOf(['--proxy-run-as-user', text])['proxy-run-as-user']).toBe(user)
})

describe('a command line that cannot be followed names the flag and what would be right', () => {
  test.each([
    [['--metrics-port', 'x'], '--metrics-port: a port number from 0 (any free port) to 65535'],
    [['--webhook-port', '65536'], '--webhook-port: a port number from 0 (any free port) to 65535'],
    [['--lease-duration-seconds', '2'], '--lease-duration-seconds: a number of seconds from 3 to 300'],
    [['--lease-duration-seconds', '12.5'], '--lease-duration-seconds: a number of seconds from 3 to 300'],
    [['--lease-duration-seconds', 'long'], '--lease-duration-seconds: a number of seconds from 3 to 300'],
    [['--webhook-url', 'http://127.0.0.1'], '--webhook-url: an https:// URL'],
    [['--namespace', 'No_Name'], '--namespace (POD_NAMESPACE): the name of a Kubernetes object'],
    [
      ['--watch-namespaces', 'shop;bank'],
      '--watch-namespaces (METRICGATE_WATCH_NAMESPACES): names of namespaces, separated by commas',
    ],
    [
      ['--watch-namespaces', Array.from({ length: 101 }, (_, index) => `ns-${index}`).join()],
      '--watch-namespaces (METRICGATE_WATCH_NAMESPACES): at most 100 namespaces; leave it out to watch all',
    ],
    ...['0', '01', 'root', '1.5', '2147483648'].map((user): [string[], string] => [
      ['--proxy-run-as-user', user],
      '--proxy-run-as-user: the number of a user from 1 to 2147483647, or "image"',
    ]),
    [['--log-level', 'loud'], '--log-level (LOG_LEVEL): Invalid option: expected one of'],
    [['--bogus'], "Unknown option '--bogus' (--help lists what there is)"],
    [['argument'], 'Unexpected argument'],
    [['--namespace'], 'argument missing'],
  ])('%j', (args, message) => {
    expect(() => optionsOf(args)).toThrow(OptionsError)
    expect(() => optionsOf(args)).toThrow(message)
  })

  test('all that is wrong is told at once', () => {
    expect(() => optionsOf(['--metrics-port', 'x', '--log-level', 'loud'])).toThrow(
      /metrics-port.*\n.*log-level/,
    )
  })
})

test.each([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
])('%s asks for the %s', (flag, kind) => {
  expect(parseOptions([flag], {}, '1.2.3')).toEqual({ kind })
})

test('the help lists every flag', () => {
  const help = helpText('1.2.3')
  for (const name of Object.keys(
    optionsOf(['--kubeconfig', 'f', '--context', 'c', '--webhook-url', 'https://a']),
  )) {
    expect(help).toContain(`--${name} `)
  }
})
