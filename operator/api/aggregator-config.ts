import type { ProxyConfigFile } from '../../proxy/config.ts'
import { aggregationFile } from './aggregation-config.ts'
import { distinctPorts, objectName, PORT_NAME, targetPortName, targetsServiceName } from './labels.ts'
import { literal } from './literal.ts'
import type { MetricGate, Target } from './metricgate.ts'
import { policyKeys } from './policy-config.ts'
import { commonKeys, ruleKeys, tlsKey, upstreamKeys } from './proxy-config.ts'

/**
 * The configuration file of one shard of the aggregator, as an object. In mode DNS it reads the application's own endpoints
 * and applies policies and rules; in mode Subset it reads what policies and the rules of one subset have left in each
 * sidecar, and adds that up.
 */
export function aggregatorConfigFile(gate: MetricGate, shard: number): ProxyConfigFile {
  const { spec } = gate
  const common = commonKeys(spec, spec.aggregator.scrapeTimeout ?? spec.scrapeTimeout)
  const aggregation = { counters: 'increase' as const, ...aggregationFile(spec.aggregation) }
  if (spec.mode === 'Subset') {
    return { ...upstreamKeys([subsetUrl(gate, shard)]), ...common, metric_relabel_configs: [], aggregation }
  }
  return {
    ...upstreamKeys(spec.targets.map(target => targetUrl(gate, target))),
    ...tlsKey(spec.targets),
    ...common,
    ...policyKeys(gate),
    ...ruleKeys(spec),
    aggregation,
  }
}

/** Sidecars need not all listen on the same port: SRV records name each one's. */
function subsetUrl({ metadata, spec }: MetricGate, shard: number): string {
  const subset = spec.subsets.find(({ aggregate }) => aggregate)
  if (subset === undefined)
    throw new Error('BUG: a gate of mode Subset without an aggregated one passed its schema')
  const { shards } = spec.aggregator
  const host = `_${PORT_NAME}._tcp.${serviceHost(objectName(metadata.name), metadata.namespace)}`
  const share = shards === 1 ? '' : `?shard=${shard}/${shards}`
  return `dnssrv+http://${host}/metrics/${subset.name}${share}`
}

/** A named port may have another number in each pod: SRV records name each one's. */
function targetUrl({ metadata, spec }: MetricGate, { scheme, port, path }: Target): string {
  const host = serviceHost(targetsServiceName(metadata.name), metadata.namespace)
  const protocol = scheme.toLowerCase()
  if (typeof port === 'number') return `dns+${protocol}://${host}:${port}${literal(path)}`
  const name = targetPortName(distinctPorts(spec.targets).indexOf(port))
  return `dnssrv+${protocol}://_${name}._tcp.${host}${literal(path)}`
}

/** Without the cluster's domain, which cannot be known here: the search list of the pod has it. */
function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc`
}
