import { WATCHED_NAMESPACES_MAX } from '../../../operator/controller/limits.ts'
import { LEASE_SECONDS_MAX, LEASE_SECONDS_MIN } from '../../../operator/leader/limits.ts'
import type { OtherValue } from './other-values.ts'

const AT_LEAST_1 = 'minimum: got 0, want 1'

/** Values that the schema, or the chart, refuses, and what Helm says: where, and why. */
export const REFUSED_VALUES: readonly (OtherValue & { readonly says: string })[] = [
  { path: 'replica', value: 2, says: "additional properties 'replica' not allowed" },
  { path: 'webhook.host', value: 'a', says: "at '/webhook': additional properties 'host' not allowed" },
  { path: 'image.registry', value: 'a', says: "at '/image': additional properties 'registry' not allowed" },
  {
    path: 'fullnameOverride',
    value: 'No_Name',
    says: "at '/fullnameOverride': 'No_Name' does not match pattern",
  },
  {
    path: 'fullnameOverride',
    value: 'a'.repeat(55),
    says: "at '/fullnameOverride': maxLength: got 55, want 54",
  },
  {
    path: 'commonLabels',
    value: { team: 'a team' },
    says: "at '/commonLabels/team': 'a team' does not match pattern",
  },
  {
    path: 'commonLabels',
    value: { 'app.kubernetes.io/name': 'a' },
    says: "at '/commonLabels/app.kubernetes.io~1name'",
  },
  {
    path: 'podLabels',
    value: { 'app.kubernetes.io/component': 'a' },
    says: "at '/podLabels/app.kubernetes.io~1component'",
  },
  {
    path: 'podAnnotations',
    value: { note: true },
    says: "at '/podAnnotations/note': got boolean, want string",
  },
  { path: 'image.repository', value: '', says: "at '/image/repository': '' does not match pattern" },
  { path: 'image.tag', value: 1.2, says: "at '/image/tag': got number, want string" },
  { path: 'image.digest', value: 'sha256:0', says: "at '/image/digest': 'sha256:0' does not match pattern" },
  {
    path: 'image.pullPolicy',
    value: 'Maybe',
    says: "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
  },
  {
    path: 'proxy.image.pullPolicy',
    value: 'Always',
    says: "at '/proxy/image': additional properties 'pullPolicy' not allowed",
  },
  {
    path: 'imagePullSecrets',
    value: ['registry'],
    says: "at '/imagePullSecrets/0': got string, want object",
  },
  { path: 'watchNamespaces', value: 'team-a', says: "at '/watchNamespaces': got string, want array" },
  { path: 'watchNamespaces', value: ['*'], says: "at '/watchNamespaces/0': '*' does not match pattern" },
  { path: 'watchNamespaces', value: ['a', 'a'], says: "at '/watchNamespaces': items at 0 and 1 are equal" },
  {
    path: 'watchNamespaces',
    value: Array.from({ length: WATCHED_NAMESPACES_MAX + 1 }, (_, index) => `team-${index}`),
    says: `at '/watchNamespaces': maxItems: got ${WATCHED_NAMESPACES_MAX + 1}, want ${WATCHED_NAMESPACES_MAX}`,
  },
  {
    path: 'proxy.resources',
    value: { limit: {} },
    says: "at '/proxy/resources': additional properties 'limit' not allowed",
  },
  {
    path: 'proxy.resources',
    value: { limits: { gpu: 1 } },
    says: "at '/proxy/resources/limits': additional properties 'gpu' not allowed",
  },
  {
    path: 'proxy.resources',
    value: { limits: { cpu: 0.5 } },
    says: "at '/proxy/resources/limits/cpu': got number, want integer or string",
  },
  {
    path: 'proxy.resources',
    value: { requests: { memory: '64 MB' } },
    says: "at '/proxy/resources/requests/memory': '64 MB' does not match pattern",
  },
  { path: 'proxy.runAsUser', value: 0, says: `at '/proxy/runAsUser': ${AT_LEAST_1}` },
  { path: 'proxy.runAsUser', value: 'root', says: "at '/proxy/runAsUser': 'root' does not match pattern" },
  { path: 'replicas', value: 0, says: `at '/replicas': ${AT_LEAST_1}` },
  { path: 'replicas', value: '2', says: "at '/replicas': got string, want integer" },
  {
    path: 'leaderElection.leaseDurationSeconds',
    value: LEASE_SECONDS_MIN - 1,
    says: `at '/leaderElection/leaseDurationSeconds': minimum: got ${LEASE_SECONDS_MIN - 1}, want ${LEASE_SECONDS_MIN}`,
  },
  {
    path: 'leaderElection.leaseDurationSeconds',
    value: LEASE_SECONDS_MAX + 1,
    says: `at '/leaderElection/leaseDurationSeconds': maximum: got ${LEASE_SECONDS_MAX + 1}, want ${LEASE_SECONDS_MAX}`,
  },
  {
    path: 'topologySpreadConstraints',
    value: [{ maxSkew: 1 }],
    says: "at '/topologySpreadConstraints/0': missing properties 'topologyKey'",
  },
  { path: 'resources.limit', value: {}, says: "at '/resources': additional properties 'limit' not allowed" },
  { path: 'logLevel', value: 'loud', says: "at '/logLevel': value must be one of 'trace'" },
  {
    path: 'extraArgs',
    value: ['context=other'],
    says: "at '/extraArgs/0': 'context=other' does not match pattern",
  },
  { path: 'hostNetwork', value: 'yes', says: "at '/hostNetwork': got string, want boolean" },
  { path: 'webhook.port', value: 0, says: `at '/webhook/port': ${AT_LEAST_1}` },
  {
    path: 'certificates.source',
    value: 'helm',
    says: "at '/certificates/source': value must be one of 'managed', 'cert-manager', 'external'",
  },
  {
    path: 'certificates.source',
    value: 'external',
    says: "at '/certificates/secretName': minLength: got 0, want 1",
  },
  {
    path: 'certificates.certManager.duration',
    value: '90d',
    says: "at '/certificates/certManager/duration': '90d' does not match pattern",
  },
  {
    path: 'certificates.certManager.issuerRef',
    value: { kind: 'Issuer' },
    says: "at '/certificates/certManager/issuerRef': properties 'name' required, if 'kind' exists",
  },
  {
    path: 'networkPolicy.apiServerPorts',
    value: [],
    says: "at '/networkPolicy/apiServerPorts': minItems: got 0, want 1",
  },
  { path: 'metrics.port', value: 65_536, says: "at '/metrics/port': maximum: got 65,536, want 65,535" },
  {
    path: 'metrics.port',
    value: 9443,
    says: 'webhook.port and metrics.port are both 9443: the operator listens on two ports, which must differ',
  },
  {
    path: 'webhook.port',
    value: 9000,
    where: { metrics: { port: 9000 } },
    says: 'webhook.port and metrics.port are both 9000',
  },
  {
    path: 'metrics.serviceMonitor.interval',
    value: '30',
    says: "at '/metrics/serviceMonitor/interval': '30' does not match pattern",
  },
]
