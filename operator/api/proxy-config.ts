import type { ProxyConfigFile } from '../../proxy/config.ts'
import type { MetricGate, RelabelConfig, Target } from './metricgate.ts'

/** The proxy's configuration file, as an object. Left out is what the sidecar's command line says: where it listens. */
export function proxyConfigFile(gate: MetricGate): ProxyConfigFile {
  const { targets, limits, scrapeTimeout, proxy, metricRelabelings, subsets } = gate.spec
  const target = targets[0]
  if (target === undefined) throw new Error('BUG: a gate without a target passed its schema')
  return {
    upstream_url: upstreamUrl(target),
    ...(target.tlsConfig !== undefined && { tls_config: tlsConfig(target.tlsConfig) }),
    ...(target.bearerTokenFile !== undefined && { bearer_token_file: literal(target.bearerTokenFile) }),
    log_level: proxy.logLevel,
    ...(scrapeTimeout !== undefined && { scrape_timeout: scrapeTimeout }),
    prometheus: {
      max_input_bytes_per_scrape: limits.maxInputBytesPerScrape,
      max_output_bytes_per_scrape: limits.maxOutputBytesPerScrape,
      on_limit: limits.onLimit === 'Fail' ? 'fail' : 'truncate',
    },
    metric_relabel_configs: metricRelabelings.map(relabelConfigFile),
    subsets: subsets.map(subset => ({
      name: subset.name,
      metric_relabel_configs: subset.metricRelabelings.map(relabelConfigFile),
    })),
  }
}

function upstreamUrl({ scheme, port, path }: Target): string {
  // A name is resolved in the pod: the webhook gives the sidecar a variable for each named port of its pod.
  const resolved = typeof port === 'number' ? port : `\${PORT_${port.toUpperCase().replaceAll('-', '_')}}`
  return `${scheme.toLowerCase()}://127.0.0.1:${resolved}${literal(path)}`
}

function tlsConfig({ serverName, insecureSkipVerify }: NonNullable<Target['tlsConfig']>) {
  return {
    ...(serverName !== undefined && { server_name: literal(serverName) }),
    insecure_skip_verify: insecureSkipVerify,
  }
}

/** What the user wrote is no reference to the sidecar's environment. */
function literal(text: string): string {
  return text.replaceAll('${', () => '$${')
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
