import type { ProxyConfigFile } from '../../proxy/config.ts'
import { aggregationFile } from './aggregation-config.ts'
import { literal } from './literal.ts'
import type { MetricGate, MetricGateSpec, RelabelConfig, Target } from './metricgate.ts'
import { policyKeys } from './policy-config.ts'

/** The sidecar's configuration file, as an object. Left out is what its command line says: where it listens. */
export function sidecarConfigFile(gate: MetricGate): ProxyConfigFile {
  const { spec } = gate
  // The aggregator takes a sum that falls for a restart: what it collects must not fall when a pod ends one of its series.
  const counters = spec.mode === 'Subset' ? { counters: 'increase' as const } : {}
  const aggregation = { ...counters, ...aggregationFile(spec.aggregation) }
  return {
    ...upstreamKeys(spec.targets.map(localUrl)),
    ...tlsKey(spec.targets),
    ...tokenKey(spec.targets),
    ...commonKeys(spec, spec.scrapeTimeout),
    ...policyKeys(gate),
    ...ruleKeys(spec),
    // A key with a value that it has anyway would only keep proxies of an earlier release from reading the file.
    ...(Object.keys(aggregation).length > 0 && { aggregation }),
  }
}

/** What is scraped. One address has a key of its own. */
export function upstreamKeys(
  urls: readonly string[],
): Pick<ProxyConfigFile, 'upstream_url' | 'upstream_urls'> {
  const [first] = urls
  if (first === undefined) throw new Error('BUG: a gate without a target passed its schema')
  return urls.length === 1 ? { upstream_url: first } : { upstream_urls: [...urls] }
}

/** How certificates of HTTPS targets are checked: the targets have that in common. */
export function tlsKey(targets: readonly Target[]): Pick<ProxyConfigFile, 'tls_config'> {
  const config = targets.find(target => target.tlsConfig !== undefined)?.tlsConfig
  if (config === undefined) return {}
  const { serverName, insecureSkipVerify } = config
  return {
    tls_config: {
      ...(serverName !== undefined && { server_name: literal(serverName) }),
      insecure_skip_verify: insecureSkipVerify,
    },
  }
}

/** What every proxy of the gate is told alike. */
export function commonKeys({ limits, proxy }: MetricGateSpec, scrapeTimeout: string | undefined) {
  return {
    log_level: proxy.logLevel,
    ...(scrapeTimeout !== undefined && { scrape_timeout: scrapeTimeout }),
    prometheus: {
      max_input_bytes_per_scrape: limits.maxInputBytesPerScrape,
      max_output_bytes_per_scrape: limits.maxOutputBytesPerScrape,
      on_limit: limits.onLimit === 'Fail' ? ('fail' as const) : ('truncate' as const),
      ...seriesKeys(limits),
    },
  }
}

/** A proxy of an earlier release does not know these keys: they are left out where they mean nothing. */
function seriesKeys({ maxSeriesPerScrape, onSeriesLimit }: MetricGateSpec['limits']) {
  if (!maxSeriesPerScrape) return {}
  return {
    max_series_per_scrape: maxSeriesPerScrape,
    on_series_limit: onSeriesLimit === 'Drop' ? ('drop' as const) : ('pass' as const),
  }
}

/** The rules of the main output and of the subsets. */
export function ruleKeys({ metricRelabelings, subsets, subsetTimestamps }: MetricGateSpec) {
  return {
    metric_relabel_configs: metricRelabelings.map(relabelConfigFile),
    subsets: subsets.map(subset => ({
      name: subset.name,
      metric_relabel_configs: subset.metricRelabelings.map(relabelConfigFile),
    })),
    ...(subsetTimestamps && { subset_timestamps: true }),
  }
}

function localUrl({ scheme, port, path }: Target): string {
  // A name is resolved in the pod: the webhook gives the sidecar a variable for each named port of its pod.
  const resolved = typeof port === 'number' ? port : `\${PORT_${port.toUpperCase().replaceAll('-', '_')}}`
  return `${scheme.toLowerCase()}://127.0.0.1:${resolved}${literal(path)}`
}

function tokenKey(targets: readonly Target[]): Pick<ProxyConfigFile, 'bearer_token_file'> {
  const file = targets[0]?.bearerTokenFile
  return file === undefined ? {} : { bearer_token_file: literal(file) }
}

function relabelConfigFile(config: RelabelConfig) {
  const { action, sourceLabels, separator, regex, modulus, targetLabel, replacement } = config
  return {
    action: action.toLowerCase(),
    ...(sourceLabels !== undefined && { source_labels: sourceLabels }),
    ...(separator !== undefined && { separator }),
    ...(regex !== undefined && { regex }),
    ...(modulus !== undefined && { modulus }),
    ...(targetLabel !== undefined && { target_label: targetLabel }),
    ...(replacement !== undefined && { replacement }),
  }
}
