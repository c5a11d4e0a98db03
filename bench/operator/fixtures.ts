import { GATE_LABEL, INJECT_ANNOTATION } from '../../operator/api/labels.ts'
import type { ApiCall } from './load.ts'

/** Which webhook is asked about a pod. */
export type Arm = 'none' | 'no-op' | 'ours'

/** Annotation by which a pod opts in to the webhook that does nothing. */
export const NO_OP_ANNOTATION = 'bench.metricgate.io/no-op'

/** A gate of the benchmark. */
export interface GateRef {
  readonly namespace: string
  readonly name: string
}

/** The gates, spread over the namespaces in turn. */
export function gateRefs(gates: number, namespaces: number): GateRef[] {
  return Array.from({ length: gates }, (_, index) => ({
    namespace: namespaceName(index % namespaces),
    name: `service-${Math.floor(index / namespaces)}`,
  }))
}

/** What belongs to the `index`-th pod, when pods take gates in turn: of the gates, or of what there is for each of them. */
export function gateAt<T>(ofGates: readonly T[], index: number): T {
  const found = ofGates[index % ofGates.length]
  if (found === undefined) throw new Error('BUG: there are no gates')
  return found
}

export function namespaceName(index: number): string {
  return `bench-${index}`
}

export function createNamespace(name: string): ApiCall {
  return create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
}

/**
 * A LimitRange that limits nothing. Of namespaces without one the API server asks its storage again every half minute, and the first pod
 * waits 100 ms for that.
 */
export function createLimitRange(namespace: string): ApiCall {
  return create(`/api/v1/namespaces/${namespace}/limitranges`, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'none', namespace },
    spec: { limits: [] },
  })
}

/** A gate as a team would write it: two targets, some rules, a subset, a monitor. */
export function createGate({ namespace, name }: GateRef): ApiCall {
  return create(`/apis/metricgate.io/v1alpha1/namespaces/${namespace}/metricgates`, {
    apiVersion: 'metricgate.io/v1alpha1',
    kind: 'MetricGate',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/name': name } },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      targets: [{ port: 'metrics', path: '/metrics' }, { port: 9113 }],
      metricRelabelings: [
        { action: 'Drop', sourceLabels: ['__name__'], regex: 'go_.*|process_.*' },
        { action: 'LabelDrop', regex: 'path|user_agent' },
      ],
      subsets: [
        {
          name: 'requests',
          metricRelabelings: [{ action: 'Keep', sourceLabels: ['__name__'], regex: 'http_requests_total' }],
        },
      ],
      monitor: { interval: '30s', labels: { release: 'prometheus' } },
    },
  })
}

/** An annotation of the gate that means nothing to anybody: a reason to look at it again. */
export function touchGate({ namespace, name }: GateRef, value: string): ApiCall {
  return {
    method: 'PATCH',
    path: `/apis/metricgate.io/v1alpha1/namespaces/${namespace}/metricgates/${name}`,
    contentType: 'application/merge-patch+json',
    body: JSON.stringify({ metadata: { annotations: { 'bench.metricgate.io/touched': value } } }),
  }
}

/** What a pod is made of. */
export interface PodPlan {
  readonly name: string
  readonly gate: GateRef
  readonly arm: Arm
  /** What the pod belongs to: it stands for a ReplicaSet, which would make pods of its own. */
  readonly ownerUid: string
}

/**
 * A pod like that of a small web service. In every arm the gate's Service selects it: what other controllers have to do for a pod is the
 * same in all of them.
 */
export function createPod({ name, gate, arm, ownerUid }: PodPlan): ApiCall {
  const service = gate.name
  return create(`/api/v1/namespaces/${gate.namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: gate.namespace,
      labels: {
        'app.kubernetes.io/name': service,
        'app.kubernetes.io/instance': `${service}-production`,
        'app.kubernetes.io/version': '1.42.0',
        'app.kubernetes.io/managed-by': 'Helm',
        'helm.sh/chart': `${service}-3.1.4`,
        'pod-template-hash': '7d9c5b8f6b',
        [GATE_LABEL]: service,
      },
      annotations: {
        'checksum/config': '3b2f1f0e9d8c7b6a59483726150f4e3d2c1b0a998877665544332211ffeeddcc',
        'kubectl.kubernetes.io/default-container': 'app',
        ...(arm === 'ours' && { [INJECT_ANNOTATION]: service }),
        ...(arm === 'no-op' && { [NO_OP_ANNOTATION]: 'true' }),
      },
      ownerReferences: [
        {
          apiVersion: 'metricgate.io/v1alpha1',
          kind: 'MetricGate',
          name: service,
          uid: ownerUid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: podSpec(service),
  })
}

/** Deletes the pod at once. */
export function deletePod(namespace: string, name: string): ApiCall {
  return {
    method: 'DELETE',
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    body: JSON.stringify({ gracePeriodSeconds: 0 }),
  }
}

/** Deletes all pods of the namespace at once. */
export function deletePods(namespace: string): ApiCall {
  return {
    method: 'DELETE',
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: JSON.stringify({ gracePeriodSeconds: 0 }),
  }
}

function create(path: string, object: object): ApiCall {
  return { method: 'POST', path, body: JSON.stringify(object) }
}

function podSpec(service: string): object {
  const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, timeoutSeconds: 2 }
  return {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: 'app',
        image: `registry.example.com/team/${service}:1.42.0`,
        args: ['--listen=:8080', '--log-format=json'],
        env: [
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'DATABASE_HOST', value: `${service}-db.databases.svc.cluster.local` },
          {
            name: 'DATABASE_PASSWORD',
            valueFrom: { secretKeyRef: { name: `${service}-db`, key: 'password' } },
          },
          { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://otel-collector.observability:4317' },
        ],
        ports: [
          { name: 'http', containerPort: 8080 },
          { name: 'metrics', containerPort: 9090 },
        ],
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
        readinessProbe: probe,
        livenessProbe: { ...probe, failureThreshold: 6 },
        volumeMounts: [{ name: 'config', mountPath: '/etc/app', readOnly: true }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
      { name: 'nginx', image: 'nginx:1.29', ports: [{ containerPort: 8081 }, { containerPort: 9113 }] },
    ],
    volumes: [{ name: 'config', configMap: { name: `${service}-config` } }],
    tolerations: [{ key: 'spot', operator: 'Exists', effect: 'NoSchedule' }],
  }
}
