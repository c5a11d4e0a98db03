import type { Installation } from './render.ts'

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

/** Ways to install the chart, one for each thing that it can do, and all of these at once. */
export const INSTALLATIONS: readonly (Installation & { readonly title: string })[] = [
  { title: 'the defaults', values: {} },
  {
    title: 'another release in another namespace',
    release: 'team.gates',
    namespace: 'monitoring',
    values: {},
  },
  { title: 'a release with a very long name', release: 'a'.repeat(53), values: {} },
  {
    title: 'names of its own',
    values: { fullnameOverride: 'gates', webhook: { configurationName: 'gates.example' } },
  },
  {
    title: 'names that look like numbers and truths',
    release: '123',
    namespace: '456',
    values: {
      fullnameOverride: 'true',
      webhook: { configurationName: '1e3' },
      certificates: { source: 'cert-manager', secretName: '0' },
      serviceAccount: { name: '789' },
      watchNamespaces: ['123', '456'],
      rollout: { enabled: true },
      metrics: {
        serviceMonitor: { enabled: true },
        proxies: { enabled: true },
        alerts: { enabled: true },
        dashboards: { enabled: true },
      },
    },
  },
  { title: 'a release that is called on', release: 'on', namespace: '123', values: {} },
  {
    title: 'one label in several values, and parts of a constraint',
    values: {
      commonLabels: {
        team: 'platform',
        grafana_dashboard: '0',
        'rbac.authorization.k8s.io/aggregate-to-view': 'false',
      },
      podLabels: { team: '' },
      topologySpreadConstraints: [
        {
          topologyKey: 'rack',
          maxSkew: 1,
          whenUnsatisfiable: 'ScheduleAnyway',
          matchLabelKeys: ['controller-revision-hash'],
        },
        { topologyKey: 'row', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
      ],
      metrics: {
        serviceMonitor: { enabled: true, labels: { team: 'monitors' } },
        proxies: { enabled: true, labels: { team: 'proxies' } },
        alerts: { enabled: true, labels: { team: 'alerts' } },
        dashboards: { enabled: true, labels: { team: 'dashboards', grafana_dashboard: '1' } },
      },
    },
  },
  { title: 'one replica', values: { replicas: 1 } },
  {
    title: 'two namespaces',
    values: { watchNamespaces: ['team-a', 'team-b'], metrics: { proxies: { enabled: true } } },
  },
  {
    title: 'two namespaces, and roll-outs',
    values: { watchNamespaces: ['team-a', 'metricgate-system'], rollout: { enabled: true } },
  },
  { title: 'roll-outs everywhere', values: { rollout: { enabled: true } } },
  { title: 'certificates by cert-manager', values: { certificates: { source: 'cert-manager' } } },
  {
    title: 'certificates by an issuer of cert-manager',
    values: {
      certificates: {
        source: 'cert-manager',
        secretName: 'webhook',
        certManager: { issuerRef: { kind: 'ClusterIssuer', name: 'internal' }, duration: '24h' },
      },
    },
  },
  {
    title: 'certificates by somebody else',
    values: { certificates: { source: 'external', secretName: 'webhook' } },
  },
  {
    title: 'images by digest',
    values: { image: { digest: DIGEST }, proxy: { image: { tag: '2', digest: DIGEST } } },
  },
  {
    title: 'neither CRD nor roles for users',
    values: { crds: { install: false }, userRoles: { create: false } },
  },
  {
    title: 'permissions made by somebody else',
    values: { rbac: { create: false }, serviceAccount: { create: false, name: 'gates' } },
  },
  {
    title: 'the network of the node',
    values: { hostNetwork: true, webhook: { port: 10_250 }, metrics: { port: 10_251 } },
  },
  {
    title: 'no fields of the security context that the platform assigns',
    values: { podSecurityContext: { runAsUser: null, runAsGroup: null }, proxy: { runAsUser: 'image' } },
  },
  {
    title: 'proxies with resources and a user',
    values: {
      proxy: {
        resources: { requests: { cpu: 1, memory: 67_108_864 }, limits: { cpu: '1.5', memory: '256Mi' } },
        runAsUser: 1_000_650_000,
      },
    },
  },
  {
    title: 'a place among the nodes',
    values: {
      priorityClassName: 'system-cluster-critical',
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [{ key: 'control-plane', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'spot', operator: 'DoesNotExist' }] } },
          ],
        },
      },
      topologySpreadConstraints: [
        {
          topologyKey: 'rack',
          maxSkew: 2,
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { a: 'b' } },
        },
      ],
    },
  },
  {
    title: 'everything',
    values: {
      commonLabels: { team: 'platform' },
      imagePullSecrets: [{ name: 'registry' }],
      podAnnotations: { 'example.com/note': 'yes' },
      podLabels: { tier: 'control' },
      extraArgs: ['--log-level=debug'],
      leaderElection: { leaseDurationSeconds: 30 },
      certificates: { source: 'cert-manager' },
      serviceAccount: { annotations: { 'example.com/role': 'none' } },
      rollout: { enabled: true },
      crds: { keep: false },
      networkPolicy: {
        enabled: true,
        metricsFrom: [
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } },
        ],
        apiServerTo: [{ ipBlock: { cidr: '10.0.0.1/32' } }],
        apiServerPorts: [6443],
      },
      metrics: {
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
        proxies: { enabled: true, labels: { release: 'prometheus' } },
        alerts: { enabled: true, labels: { release: 'prometheus' } },
        dashboards: { enabled: true, annotations: { folder: 'Platform' } },
      },
    },
  },
]
