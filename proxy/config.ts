import * as z from 'zod'
import {
  AGGREGATION_KEYS,
  type AggregationConfig,
  aggregationSchema,
  toAggregationConfig,
} from './config/aggregation.ts'
import {
  byteSize,
  durationMs,
  flag,
  type LogLevel,
  logLevel,
  port,
  quoted,
  text,
  wholeNumber,
} from './config/scalars.ts'
import { oneOf, section } from './config/section.ts'
import { checkTogether, isRecord } from './config/together.ts'
import { type UpstreamAddress, upstreamUrl } from './config/upstream-url.ts'
import type { GateRules } from './gate/program.ts'
import type { ScrapeLimits } from './gate/scrape-limits.ts'
import { inlinePoliciesSchema, POLICY_KEYS, policyProvidersSchema, serviceSchema } from './policy/config.ts'
import type { PolicySettings } from './policy/host.ts'
import { relabelConfigSchema } from './relabel/config.ts'

/** A list of rules; nothing after the key means none. */
const relabelConfigs = z
  .array(relabelConfigSchema, {
    error: issue => `expected a list of relabelling rules, got ${quoted(issue.input)}`,
  })
  .nullish()
  .transform(rules => rules ?? [])

const tlsConfigSchema = section({
  ca_file: text('the path of a PEM file').optional(),
  server_name: text('a host name').optional(),
  insecure_skip_verify: flag.default(false),
})

const limitsSchema = section({
  max_input_bytes_per_scrape: byteSize.default(10 * 2 ** 20),
  max_output_bytes_per_scrape: byteSize.default(10 * 2 ** 20),
  on_limit: oneOf(['truncate', 'fail']).default('truncate'),
  max_series_per_scrape: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    'a number of series, 0 for no limit',
  ).default(0),
  on_series_limit: oneOf(['pass', 'drop']).default('pass'),
})

const SUBSET_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/

const subsetSchema = section({
  name: z
    .string({ error: issue => `expected the name of the subset, got ${quoted(issue.input)}` })
    .max(63, { error: 'expected at most 63 characters, because it is a part of the path /metrics/<name>' })
    .regex(SUBSET_NAME, {
      error: issue =>
        `expected letters, digits, '-', '_' and '.', because it is a part of the path /metrics/<name>; got ${quoted(issue.input)}`,
    }),
  metric_relabel_configs: relabelConfigs,
})

/** Keys of Tero Edge that steer what this proxy does not have; accepted, so that its configuration files load. */
const withoutEffect = {
  logs_url: z.unknown().optional(),
  max_body_size: z.unknown().optional(),
  max_decoded_bytes: z.unknown().optional(),
  max_connections: z.unknown().optional(),
  worker_count: z.unknown().optional(),
  thread_pool_count: z.unknown().optional(),
  tap_enabled: z.unknown().optional(),
  workspace_id: z.unknown().optional(),
  pretty_print_json: z.unknown().optional(),
}

/** The keys of Tero Edge that are accepted without having an effect. */
export const KEYS_WITHOUT_EFFECT: readonly string[] = Object.keys(withoutEffect)

/** Most upstreams of one gate; names that resolve to many count once. */
const UPSTREAMS_MAX = 64

const fileSchema = z.strictObject(
  {
    listen_address: text('an address to listen on, such as 0.0.0.0').default('::'),
    listen_port: port.default(8080),
    upstream_url: upstreamUrl.optional(),
    upstream_urls: z
      .array(upstreamUrl, { error: issue => `expected a list of URLs, got ${quoted(issue.input)}` })
      .min(1, { error: 'expected at least one URL' })
      .max(UPSTREAMS_MAX, { error: `expected at most ${UPSTREAMS_MAX} URLs` })
      .optional(),
    metrics_url: upstreamUrl.optional(),
    log_level: logLevel.default('info'),
    scrape_timeout: durationMs.default(15_000),
    tls_config: tlsConfigSchema.prefault({}),
    bearer_token_file: text('the path of a file').optional(),
    prometheus: limitsSchema.prefault({}),
    metric_relabel_configs: relabelConfigs,
    subsets: z
      .array(subsetSchema, { error: issue => `expected a list of subsets, got ${quoted(issue.input)}` })
      .default([]),
    subset_max_age: durationMs.default(60_000),
    subset_timestamps: flag.default(false),
    aggregation: aggregationSchema.prefault({}),
    policies: inlinePoliciesSchema.optional(),
    policy_providers: policyProvidersSchema.prefault([]),
    service: serviceSchema.prefault({}),
    ...withoutEffect,
  },
  { error: 'expected keys and values, such as upstream_url: http://127.0.0.1:10254/metrics' },
)

const RULE_KEYS = ['action', 'source_labels', 'separator', 'target_label', 'regex', 'modulus', 'replacement']

/** The known keys by the place of the object that holds them (`''` is the top), for suggestions. */
export const KNOWN_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', Object.keys(fileSchema.shape)],
  ['tls_config', Object.keys(tlsConfigSchema.shape)],
  ['prometheus', Object.keys(limitsSchema.shape)],
  ['metric_relabel_configs[]', RULE_KEYS],
  ['subsets[]', Object.keys(subsetSchema.shape)],
  ['subsets[].metric_relabel_configs[]', RULE_KEYS],
  ...AGGREGATION_KEYS,
  ...POLICY_KEYS,
])

/** The configuration that the proxy runs with: complete, checked, with units in the names. */
export interface ProxyConfig {
  readonly listenAddress: string
  readonly listenPort: number
  /** What is scraped: at least one address. */
  readonly upstreams: readonly UpstreamAddress[]
  readonly aggregation: AggregationConfig
  readonly logLevel: LogLevel
  readonly scrapeTimeoutMs: number
  readonly tls: {
    readonly caFile?: string
    readonly serverName?: string
    readonly insecureSkipVerify: boolean
  }
  readonly bearerTokenFile?: string
  readonly limits: ScrapeLimits
  readonly rules: GateRules
  readonly subsetMaxAgeMs: number
  /** Whether the samples of subsets say when they were scraped. */
  readonly subsetTimestamps: boolean
  readonly policies: PolicySettings
}

/** What the file holds after its values were read one by one. */
type FileValues = z.output<typeof fileSchema>

function upstreamsOf({ metrics_url, upstream_url, upstream_urls }: FileValues): readonly UpstreamAddress[] {
  const single = metrics_url ?? upstream_url
  const upstreams = single === undefined ? upstream_urls : [single]
  if (upstreams === undefined) throw new Error('BUG: a configuration without an upstream passed the checks')
  return upstreams
}

function toProxyConfig(file: FileValues): ProxyConfig {
  const upstreams = upstreamsOf(file)
  const aggregation = toAggregationConfig(file.aggregation, upstreams)
  const { ca_file, server_name, insecure_skip_verify } = file.tls_config
  const limits = file.prometheus
  return {
    listenAddress: file.listen_address,
    listenPort: file.listen_port,
    upstreams,
    aggregation,
    logLevel: file.log_level,
    scrapeTimeoutMs: file.scrape_timeout,
    tls: {
      insecureSkipVerify: insecure_skip_verify,
      ...(ca_file === undefined ? {} : { caFile: ca_file }),
      ...(server_name === undefined ? {} : { serverName: server_name }),
    },
    ...(file.bearer_token_file === undefined ? {} : { bearerTokenFile: file.bearer_token_file }),
    limits: {
      inputBytesMax: limits.max_input_bytes_per_scrape,
      outputBytesMax: limits.max_output_bytes_per_scrape,
      onLimit: limits.on_limit,
      ...(limits.max_series_per_scrape === 0
        ? {}
        : { series: { max: limits.max_series_per_scrape, onLimit: limits.on_series_limit } }),
    },
    rules: {
      main: file.metric_relabel_configs,
      subsets: file.subsets.map(subset => ({ name: subset.name, rules: subset.metric_relabel_configs })),
      merge: aggregation,
    },
    subsetMaxAgeMs: file.subset_max_age,
    subsetTimestamps: file.subset_timestamps,
    policies: { inline: file.policies, providers: file.policy_providers, service: file.service },
  }
}

/**
 * The configuration file of the proxy, YAML or JSON: our keys and those of Tero Edge. Its input type is what stands in
 * the file; its output is what the program works with. Unknown keys are refused.
 */
export const proxyConfigSchema = fileSchema
  .superRefine(
    (file, context) =>
      checkTogether(file, (path, message) => context.addIssue({ code: 'custom', path: [path], message })),
    { when: payload => isRecord(payload.value) },
  )
  .transform(toProxyConfig)

/** The configuration file as one writes it (the operator does). */
export type ProxyConfigFile = z.input<typeof proxyConfigSchema>
