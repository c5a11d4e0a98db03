import { parseArgs } from 'node:util'
import type * as z from 'zod'
import type { ProxyConfigFile } from '../config.ts'
import { messageOf } from '../errors.ts'
import { nearest } from './problems.ts'
import { durationMs, logLevel, port } from './scalars.ts'
import { UPSTREAM_KEYS } from './together.ts'
import { parseUpstreamUrl } from './upstream-url.ts'

/** A command line that cannot be understood. */
export class UsageError extends Error {
  readonly code = 'E_USAGE'
}

/** Where the configuration comes from, as the command line says. */
export interface ConfigInputs {
  readonly configPath?: string
  readonly relabelPath?: string
  readonly relabelText?: string
  /** Keys of the configuration that flags set. */
  readonly overrides: Partial<ProxyConfigFile>
}

/** What the command line asks for. Paths may be `-`, the standard input. */
export type Invocation =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'serve'; readonly inputs: ConfigInputs; readonly waitForConfig: boolean }
  | { readonly command: 'check'; readonly inputs: ConfigInputs }
  | {
      readonly command: 'filter'
      readonly inputs: ConfigInputs
      readonly input: string
      readonly contentType: string | undefined
      readonly subset: string | undefined
    }
  | {
      readonly command: 'analyze'
      readonly input: string
      readonly contentType: string | undefined
      readonly format: 'text' | 'json'
    }
  | { readonly command: 'explain'; readonly inputs: ConfigInputs; readonly series: string }

const OPTIONS = {
  config: { type: 'string' },
  upstream: { type: 'string', short: 'H', multiple: true },
  relabel: { type: 'string' },
  'relabel-file': { type: 'string' },
  'listen-address': { type: 'string' },
  port: { type: 'string', short: 'p' },
  'scrape-timeout': { type: 'string', short: 't' },
  'log-level': { type: 'string' },
  'wait-for-config': { type: 'boolean' },
  file: { type: 'string', short: 'f' },
  'content-type': { type: 'string' },
  subset: { type: 'string' },
  format: { type: 'string' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const

const COMMANDS = ['serve', 'check', 'filter', 'analyze', 'explain'] as const
type Command = (typeof COMMANDS)[number]

/** What the forerunner scrapes when nothing is said. */
const DEFAULT_UPSTREAM = 'http://localhost:10254/metrics'

/** Text of `--help`. */
export const HELP = `Usage:
  metricgate-proxy [serve] [CONFIG] [options]   serve the filtered metrics of an application
  metricgate-proxy check CONFIG                 say whether a configuration is valid
  metricgate-proxy filter [FILE] [options]      apply rules to a file (or standard input), to standard output
  metricgate-proxy analyze [FILE] [options]     count series by metric, and distinct values by label
  metricgate-proxy explain SERIES [options]     show what each rule does to one series

CONFIG is a YAML or JSON file (a configuration of Tero Edge is one too). It is read again when it changes.

Options:
      --config FILE          the configuration, where it is not the argument (filter, explain)
  -H, --upstream URL         the application's metrics (default ${DEFAULT_UPSTREAM} without CONFIG);
                             several of them, or dns+http://NAME:PORT/PATH, are aggregated
      --relabel YAML         rules: metric_relabel_configs, or a map with it and with subsets
      --relabel-file FILE    the same from a file
      --listen-address ADDR  address to listen on (default: all)
  -p, --port PORT            port to listen on (default 8080)
  -t, --scrape-timeout TIME  longest time for a scrape of the application (default 15s)
      --log-level LEVEL      trace, debug, info, warn or error (default info)
      --wait-for-config      without a valid CONFIG, answer 503 with the reason until there is one
      --subset NAME          filter: print this output, not the main one
      --content-type TYPE    filter, analyze: format of the input (default text/plain; version=0.0.4)
      --format text|json     analyze: form of the report
  -f, --file FILE            the same as the command analyze
  -v, --version              print the version
  -h, --help                 print this text
`

type Values = ReturnType<typeof parse>['values']

/** Go's flag syntax as the forerunner takes it: `-p=8080`, and `--relabel` before a value that begins with a dash. */
function normalise(args: readonly string[]): string[] {
  const result: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    const shortWithValue = /^(-[a-zA-Z])=([\s\S]*)$/.exec(arg)
    const next = args[index + 1]
    if (arg === '--') return [...result, ...args.slice(index)]
    if (shortWithValue) result.push(`${shortWithValue[1]}${shortWithValue[2]}`)
    else if (arg === '--relabel' && next !== undefined) {
      result.push(`--relabel=${next}`)
      index++
    } else result.push(arg)
  }
  return result
}

function parse(args: readonly string[]) {
  for (const arg of args) {
    const name = /^--([^=]+)/.exec(arg)?.[1]
    if (arg === '--' || name === undefined) continue
    if (Object.hasOwn(OPTIONS, name)) continue
    const meant = nearest(name, Object.keys(OPTIONS))
    throw new UsageError(`unknown option --${name}${meant === undefined ? '' : `; did you mean --${meant}?`}`)
  }
  try {
    return parseArgs({ args: normalise(args), options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // parseArgs appends advice for options that begin like values; the first sentence says what is wrong.
    throw new UsageError(messageOf(error).split('. ')[0])
  }
}

function check(option: string, value: string | undefined, schema: z.ZodType): void {
  if (value === undefined) return
  const result = schema.safeParse(value)
  if (!result.success) throw new UsageError(`--${option}: ${result.error.issues[0]?.message}`)
}

function readUpstreams(urls: readonly string[]): Pick<ProxyConfigFile, 'upstream_url' | 'upstream_urls'> {
  for (const url of urls) {
    const result = parseUpstreamUrl(url)
    if ('problem' in result) throw new UsageError(`--upstream: ${result.problem}`)
  }
  if (urls.length > 1) return { upstream_urls: [...urls] }
  return urls[0] === undefined ? {} : { upstream_url: urls[0] }
}

function readOverrides(values: Values): Partial<ProxyConfigFile> {
  check('port', values.port, port)
  check('scrape-timeout', values['scrape-timeout'], durationMs)
  check('log-level', values['log-level'], logLevel)
  return {
    ...readUpstreams(values.upstream ?? []),
    ...(values['listen-address'] === undefined ? {} : { listen_address: values['listen-address'] }),
    ...(values.port === undefined ? {} : { listen_port: values.port }),
    ...(values['scrape-timeout'] === undefined ? {} : { scrape_timeout: values['scrape-timeout'] }),
    ...(values['log-level'] === undefined ? {} : { log_level: values['log-level'] }),
  }
}

/** Scrapes what the forerunner does unless it is said what. */
function withUpstream(overrides: ConfigInputs['overrides']): ConfigInputs['overrides'] {
  if (UPSTREAM_KEYS.some(key => key in overrides)) return overrides
  return { upstream_url: DEFAULT_UPSTREAM, ...overrides }
}

function readInputs(values: Values, configPath: string | undefined): ConfigInputs {
  if (values.relabel !== undefined && values['relabel-file'] !== undefined)
    throw new UsageError('--relabel and --relabel-file: give only one of them')
  const overrides = readOverrides(values)
  return {
    ...(configPath === undefined ? {} : { configPath }),
    ...(values['relabel-file'] === undefined ? {} : { relabelPath: values['relabel-file'] }),
    ...(values.relabel === undefined ? {} : { relabelText: values.relabel }),
    overrides: configPath === undefined ? withUpstream(overrides) : overrides,
  }
}

function single(command: Command, positionals: readonly string[]): string | undefined {
  if (positionals.length > 1)
    throw new UsageError(`${command}: expected at most one argument, got ${positionals.join(' ')}`)
  return positionals[0]
}

/** The configuration of a command that needs rules but no upstream. */
function readRuleInputs(values: Values): ConfigInputs {
  const inputs = readInputs(values, values.config)
  return { ...inputs, overrides: withUpstream(inputs.overrides) }
}

function readAnalyze(values: Values, input: string): Invocation {
  const format = values.format ?? 'text'
  if (format !== 'text' && format !== 'json')
    throw new UsageError(`--format: expected text or json, got ${JSON.stringify(format)}`)
  return { command: 'analyze', input, contentType: values['content-type'], format }
}

function readCommand(command: Command, argument: string | undefined, values: Values): Invocation {
  switch (command) {
    case 'serve': {
      const configPath = argument ?? values.config
      const waitForConfig = values['wait-for-config'] ?? false
      if (waitForConfig && configPath === undefined)
        throw new UsageError('--wait-for-config: expected the path of a configuration to wait for')
      return { command, inputs: readInputs(values, configPath), waitForConfig }
    }
    case 'check': {
      const inputs = readInputs(values, argument ?? values.config)
      if (
        inputs.configPath === undefined &&
        inputs.relabelPath === undefined &&
        inputs.relabelText === undefined
      )
        throw new UsageError('check: expected the path of a configuration')
      return { command, inputs }
    }
    case 'filter': {
      const inputs = readRuleInputs(values)
      const { 'content-type': contentType, subset } = values
      return { command, inputs, input: argument ?? '-', contentType, subset }
    }
    case 'analyze':
      return readAnalyze(values, argument ?? '-')
    case 'explain':
      if (argument === undefined)
        throw new UsageError('explain: expected a series, such as \'http_requests_total{path="/"}\'')
      return { command, inputs: readRuleInputs(values), series: argument }
  }
}

/**
 * Reads the command line.
 *
 * @throws {UsageError} with a message that names the option
 */
export function readCommandLine(args: readonly string[]): Invocation {
  const { values, positionals } = parse(args)
  if (values.help) return { command: 'help' }
  if (values.version) return { command: 'version' }
  if (values.file !== undefined) return readAnalyze(values, values.file)
  const first = positionals[0]
  const command = COMMANDS.find(name => name === first)
  if (command !== undefined) return readCommand(command, single(command, positionals.slice(1)), values)
  return readCommand('serve', single('serve', positionals), values)
}
