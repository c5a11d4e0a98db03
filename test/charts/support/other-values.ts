import type { Values } from './render.ts'

/** A value that is not the default, and the values besides it with which it matters. */
export interface OtherValue {
  readonly path: string
  readonly value: unknown
  readonly where?: Values
}

const DIGEST = `sha256:${'0'.repeat(64)}`
const CERT_MANAGER = { certificates: { source: 'cert-manager' } }
const MONITORED = { metrics: { serviceMonitor: { enabled: true } } }
const PROXIES = { metrics: { proxies: { enabled: true } } }
const POLICY = { networkPolicy: { enabled: true } }

/** For each value of the chart another one than its default. */
export const OTHER_VALUES: readonly OtherValue[] = [
  { path: 'fullnameOverride', value: 'gates' },
  { path: 'commonLabels', value: { team: 'platform' } },
  { path: 'image.repository', value: 'registry.example/operator' },
  { path: 'image.tag', value: '1.2.3' },
  { path: 'image.digest', value: DIGEST },
  { path: 'image.pullPolicy', value: 'Always' },
  { path: 'imagePullSecrets', value: [{ name: 'registry' }] },
  { path: 'proxy.image.repository', value: 'registry.example/proxy' },
  { path: 'proxy.image.tag', value: '1.2.3' },
  { path: 'proxy.image.digest', value: DIGEST },
  { path: 'proxy.resources', value: { limits: { cpu: '500m' } } },
  { path: 'proxy.runAsUser', value: 'image' },
  { path: 'watchNamespaces', value: ['team-a'] },
  { path: 'replicas', value: 3 },
  { path: 'leaderElection.leaseDurationSeconds', value: 30 },
  { path: 'podDisruptionBudget.enabled', value: false },
  { path: 'topologySpreadConstraints', value: [] },
  { path: 'priorityClassName', value: 'system-cluster-critical' },
  { path: 'nodeSelector', value: { disk: 'fast' } },
  { path: 'tolerations', value: [{ operator: 'Exists' }] },
  { path: 'affinity', value: { podAffinity: {} } },
  { path: 'resources', value: { limits: { memory: '1Gi' } } },
  { path: 'logLevel', value: 'debug' },
  { path: 'extraArgs', value: ['--context=other'] },
  { path: 'podAnnotations', value: { note: 'yes' } },
  { path: 'podLabels', value: { tier: 'control' } },
  { path: 'podSecurityContext', value: { runAsUser: 1000 } },
  { path: 'securityContext', value: { runAsUser: 1000 } },
  { path: 'hostNetwork', value: true },
  { path: 'webhook.port', value: 10_250 },
  { path: 'webhook.configurationName', value: 'gates' },
  { path: 'certificates.source', value: 'cert-manager' },
  { path: 'certificates.secretName', value: 'webhook' },
  { path: 'certificates.certManager.issuerRef', value: { name: 'internal' }, where: CERT_MANAGER },
  { path: 'certificates.certManager.duration', value: '24h', where: CERT_MANAGER },
  { path: 'certificates.certManager.caDuration', value: '240h', where: CERT_MANAGER },
  { path: 'serviceAccount.create', value: false },
  { path: 'serviceAccount.name', value: 'gates' },
  { path: 'serviceAccount.annotations', value: { note: 'yes' } },
  { path: 'rbac.create', value: false },
  { path: 'rollout.enabled', value: true },
  { path: 'userRoles.create', value: false },
  { path: 'crds.install', value: false },
  { path: 'crds.keep', value: false },
  { path: 'networkPolicy.enabled', value: true },
  { path: 'networkPolicy.metricsFrom', value: [{ podSelector: {} }], where: POLICY },
  { path: 'networkPolicy.apiServerTo', value: [{ ipBlock: { cidr: '10.0.0.1/32' } }], where: POLICY },
  { path: 'networkPolicy.apiServerPorts', value: [8443], where: POLICY },
  { path: 'metrics.port', value: 9090 },
  { path: 'metrics.serviceMonitor.enabled', value: true },
  { path: 'metrics.serviceMonitor.interval', value: '1m', where: MONITORED },
  { path: 'metrics.serviceMonitor.scrapeTimeout', value: '5s', where: MONITORED },
  { path: 'metrics.serviceMonitor.labels', value: { release: 'prometheus' }, where: MONITORED },
  { path: 'metrics.proxies.enabled', value: true },
  { path: 'metrics.proxies.interval', value: '2m', where: PROXIES },
  { path: 'metrics.proxies.labels', value: { release: 'prometheus' }, where: PROXIES },
  { path: 'metrics.alerts.enabled', value: true },
  { path: 'metrics.alerts.labels', value: { a: 'b' }, where: { metrics: { alerts: { enabled: true } } } },
  {
    path: 'metrics.alerts.runbookPrefix',
    value: 'https://example.com/metricgate/',
    where: { metrics: { alerts: { enabled: true } } },
  },
  { path: 'metrics.dashboards.enabled', value: true },
  {
    path: 'metrics.dashboards.labels',
    value: { a: 'b' },
    where: { metrics: { dashboards: { enabled: true } } },
  },
  {
    path: 'metrics.dashboards.annotations',
    value: { a: 'b' },
    where: { metrics: { dashboards: { enabled: true } } },
  },
]
