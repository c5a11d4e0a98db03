import {
  KEYS_WITHOUT_EFFECT,
  KNOWN_KEYS,
  type ProxyConfig,
  type ProxyConfigFile,
  proxyConfigSchema,
} from '../config.ts'
import { isAggregated, isFanOut } from './aggregation.ts'
import { type Environment, substituteEnvironment } from './environment.ts'
import { ConfigError } from './error.ts'
import { describeIssues } from './problems.ts'
import { UPSTREAM_KEYS } from './together.ts'
import { parseYaml } from './yaml.ts'

/** A text and where it is from, for error messages. */
export interface NamedText {
  readonly name: string
  readonly text: string
}

/** Everything that a configuration is made of; what is further down wins. */
export interface ConfigSources {
  /** The configuration file. */
  readonly file?: NamedText
  /** Rules in the forerunner's form: a list, or a map whose key metric_relabel_configs is the main output. */
  readonly relabel?: NamedText
  /** Keys of the configuration that the command line sets. */
  readonly overrides: Partial<ProxyConfigFile>
  readonly env: Environment
}

/** A configuration that is ready for use, and what its author should know about it. */
export interface LoadedConfig {
  readonly config: ProxyConfig
  readonly warnings: readonly string[]
}

const MAIN_OUTPUT = 'metric_relabel_configs'

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readFile(file: NamedText): Record<string, unknown> {
  const parsed = parseYaml(file.name, file.text)
  if (isMapping(parsed)) return parsed
  throw new ConfigError(file.name, [
    'expected keys and values, such as upstream_url: http://127.0.0.1:10254/metrics',
  ])
}

/**
 * The forerunner's rules as keys of our configuration. A list is the main output's; in a map each key besides
 * metric_relabel_configs is a subset.
 */
export function readRelabelText(
  source: NamedText,
): Pick<ProxyConfigFile, 'metric_relabel_configs' | 'subsets'> {
  const parsed = parseYaml(source.name, source.text)
  if (Array.isArray(parsed)) return { metric_relabel_configs: parsed }
  if (!isMapping(parsed) || !(MAIN_OUTPUT in parsed))
    throw new ConfigError(source.name, [
      `expected a list of relabelling rules, or a map with the key ${MAIN_OUTPUT} and a key for each subset`,
    ])
  const { [MAIN_OUTPUT]: main, ...subsets } = parsed as Record<
    string,
    ProxyConfigFile['metric_relabel_configs']
  >
  return {
    metric_relabel_configs: main ?? [],
    subsets: Object.entries(subsets).map(([name, rules]) => ({ name, metric_relabel_configs: rules ?? [] })),
  }
}

function warningsOf(file: Record<string, unknown>, config: ProxyConfig): string[] {
  const warnings: string[] = []
  const idle = KEYS_WITHOUT_EFFECT.filter(key => key in file)
  if (idle.length > 0)
    warnings.push(`${idle.join(', ')}: accepted as a key of Tero Edge, without effect here`)
  if ('tls_config' in file && config.upstreams.every(({ url }) => url.startsWith('http:')))
    warnings.push('tls_config: without effect, because the upstream is not https')
  if (config.subsetTimestamps)
    warnings.push(
      'subset_timestamps: a series with timestamps that vanishes does not go stale at once; Prometheus shows it for five more minutes',
    )
  if (config.limits.series !== undefined && isAggregated(config))
    warnings.push('prometheus.max_series_per_scrape: without effect, because what is scraped is aggregated')
  warnings.push(...aggregationWarnings(file.aggregation, config))
  return warnings
}

/** Keys that need several targets. */
const FAN_OUT_KEYS = ['on_target_failure', 'hold_rounds']

function aggregationWarnings(section: unknown, { upstreams }: ProxyConfig): string[] {
  if (!isMapping(section) || isFanOut(upstreams)) return []
  return FAN_OUT_KEYS.filter(key => key in section).map(
    key => `aggregation.${key}: without effect, because there is one upstream`,
  )
}

/** A key with nothing after it counts as not given, as where all below it is commented out. */
function withoutEmpty(file: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== null))
}

/** What the command line sets need not be right in the file: an upstream whose port is unknown here, for instance. */
function withoutOverridden(file: Record<string, unknown>, overrides: ConfigSources['overrides']) {
  const hidden = Object.keys(overrides)
  if (UPSTREAM_KEYS.some(key => key in overrides)) hidden.push(...UPSTREAM_KEYS)
  return Object.fromEntries(Object.entries(file).filter(([key]) => !hidden.includes(key)))
}

/**
 * Makes the configuration of its sources: substitutes the environment, lets the command line win over the file, checks
 * everything.
 *
 * @throws {ConfigError} with all that is wrong
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { file, relabel, overrides, env } = sources
  const unresolved: { path: string; problem: string }[] = []
  const fileKeys = file === undefined ? {} : withoutEmpty(readFile(file))
  const merged: Record<string, unknown> = {
    ...substituteEnvironment(withoutOverridden(fileKeys, overrides), env, (path, problem) =>
      unresolved.push({ path, problem }),
    ),
    ...(relabel === undefined ? {} : readRelabelText(relabel)),
    ...overrides,
  }
  const result = proxyConfigSchema.safeParse(merged)
  if (result.success && unresolved.length === 0)
    return { config: result.data, warnings: warningsOf(merged, result.data) }

  const name = [file?.name, relabel?.name].filter(part => part !== undefined).join(', ') || 'command line'
  // A value whose variable is missing is wrong in other ways too; saying so would only distract.
  const others = describeIssues(result.error?.issues ?? [], KNOWN_KEYS).filter(
    line => !unresolved.some(({ path }) => line.startsWith(`${path}:`)),
  )
  throw new ConfigError(name, [...unresolved.map(({ path, problem }) => `${path}: ${problem}`), ...others])
}
