import { describe, expect, test } from '@jest/globals'
import { type Invocation, readCommandLine, UsageError } from '../../../proxy/config/flags.ts'

const DEFAULT_UPSTREAM = 'http://localhost:10254/metrics'

function refusal(...args: string[]): string {
  try {
    readCommandLine(args)
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'accepted'
}

describe('serve', () => {
  const serve = (...args: string[]) => readCommandLine(args) as Extract<Invocation, { command: 'serve' }>

  test('is what happens without a command', () =>
    expect(serve()).toEqual({
      command: 'serve',
      inputs: { overrides: { upstream_url: DEFAULT_UPSTREAM } },
      waitForConfig: false,
    }))

  test('takes the sidecar command line', () =>
    expect(serve('/etc/metricgate/config.yaml', '--port', '9090', '--wait-for-config')).toEqual({
      command: 'serve',
      inputs: { configPath: '/etc/metricgate/config.yaml', overrides: { listen_port: '9090' } },
      waitForConfig: true,
    }))

  test.each([[['serve', 'c.yaml']], [['c.yaml']], [['--config', 'c.yaml']]])(
    '%j names the configuration',
    args => expect(serve(...args).inputs.configPath).toBe('c.yaml'),
  )

  test.each([
    [['--upstream', 'app:1/m'], { upstream_url: 'app:1/m' }],
    [['-H', 'app:1/m'], { upstream_url: 'app:1/m' }],
    [['-H=app:1/m'], { upstream_url: 'app:1/m' }],
    [['--port=1'], { listen_port: '1' }],
    [['-p', '1'], { listen_port: '1' }],
    [['-p=1'], { listen_port: '1' }],
    [['-p1'], { listen_port: '1' }],
    [['--scrape-timeout', '5s'], { scrape_timeout: '5s' }],
    [['-t', '1.5s'], { scrape_timeout: '1.5s' }],
    [['--log-level', 'debug'], { log_level: 'debug' }],
    [['--listen-address', '127.0.0.1'], { listen_address: '127.0.0.1' }],
  ])('%j sets %j', (args, overrides) =>
    expect(serve(...args).inputs.overrides).toEqual({ upstream_url: DEFAULT_UPSTREAM, ...overrides }),
  )

  test('several upstreams are a list', () =>
    expect(serve('-H', 'app:1/m', '--upstream=dns+http://b:2/m').inputs.overrides).toEqual({
      upstream_urls: ['app:1/m', 'dns+http://b:2/m'],
    }))

  test.each([[['--relabel', '- action: drop']], [['--relabel=- action: drop']]])('%j are rules', args =>
    expect(serve(...args).inputs.relabelText).toBe('- action: drop'),
  )

  test('takes rules that begin with a newline, as the forerunner shows them', () =>
    expect(serve('--relabel=\n  - action: labeldrop\n').inputs.relabelText).toBe('\n  - action: labeldrop\n'))
})

describe('other commands', () => {
  test.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['--version'], 'version'],
    [['-v'], 'version'],
  ])('%j is %s', (args, command) => expect(readCommandLine(args)).toEqual({ command }))

  test.each([
    [['--file', 'm.txt'], 'm.txt', 'text'],
    [['-f', 'm.txt'], 'm.txt', 'text'],
    [['analyze', 'm.txt', '--format', 'json'], 'm.txt', 'json'],
    [['analyze'], '-', 'text'],
  ])('%j analyzes %s as %s', (args, input, format) =>
    expect(readCommandLine(args)).toEqual({ command: 'analyze', input, contentType: undefined, format }),
  )

  test('filter reads standard input by default, and needs no upstream', () =>
    expect(
      readCommandLine([
        'filter',
        '--relabel-file',
        'r.yaml',
        '--subset',
        's',
        '--content-type',
        'text/plain',
      ]),
    ).toEqual({
      command: 'filter',
      inputs: { relabelPath: 'r.yaml', overrides: { upstream_url: DEFAULT_UPSTREAM } },
      input: '-',
      contentType: 'text/plain',
      subset: 's',
    }))

  test('explain takes a series', () =>
    expect(readCommandLine(['explain', 'up{a="b"}', '--config', 'c.yaml'])).toEqual({
      command: 'explain',
      inputs: { configPath: 'c.yaml', overrides: { upstream_url: DEFAULT_UPSTREAM } },
      series: 'up{a="b"}',
    }))

  test('check takes a configuration, or rules alone', () => {
    expect(readCommandLine(['check', 'c.yaml'])).toMatchObject({
      command: 'check',
      inputs: { configPath: 'c.yaml' },
    })
    expect(readCommandLine(['check', '--relabel-file', 'r.yaml'])).toMatchObject({
      inputs: { relabelPath: 'r.yaml' },
    })
  })
})

describe('what cannot be understood is refused, naming the option', () => {
  test.each([
    [['--prot', '1'], 'unknown option --prot; did you mean --port?'],
    [['--replicas'], 'unknown option --replicas'],
    [['--port', 'x'], '--port: expected a port number from 0 to 65535, got "x"'],
    [['-t', '5'], '--scrape-timeout: expected a duration with its unit, such as 15s or 1m30s, got "5"'],
    [['--log-level', 'loud'], '--log-level: expected one of trace, debug, info, warn, error; got "loud"'],
    [['-H', 'ftp://x'], '--upstream: expected an http or https URL, got "ftp://x"'],
    [
      ['-H', 'app:1/metrics', '-H', 'dns+ftp://app:1/metrics'],
      '--upstream: expected an http or https URL, got "dns+ftp://app:1/metrics"',
    ],
    [['--relabel', '[]', '--relabel-file', 'f'], '--relabel and --relabel-file: give only one of them'],
    [['a.yaml', 'b.yaml'], 'serve: expected at most one argument, got a.yaml b.yaml'],
    [['--wait-for-config'], '--wait-for-config: expected the path of a configuration to wait for'],
    [['check'], 'check: expected the path of a configuration'],
    [['explain'], `explain: expected a series, such as 'http_requests_total{path="/"}'`],
    [['analyze', '--format', 'xml'], '--format: expected text or json, got "xml"'],
  ])('%j', (args, message) => expect(refusal(...args)).toBe(message))

  test('an option without its value', () => expect(refusal('--port')).toMatch(/--port/))
})
