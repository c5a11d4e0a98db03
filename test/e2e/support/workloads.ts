import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnyObject } from '../../operator/controller/support/admin.ts'
import type { Stage } from './stage.ts'

const NODE_IMAGE = 'docker.io/library/node:26-bookworm-slim'
const PROMETHEUS_IMAGE = 'metricgate.test/prometheus:3.16.0'
const FILES = 'application'
const USER = 1000

/** What the pods of a workload are made of; all of it passes the Pod Security level `restricted`. */
export interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** More of the pod's spec, which comes before what is made here. */
  readonly spec?: Readonly<Record<string, unknown>>
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}

/** The ConfigMap that the pods of this file mount: the application's program, and a configuration for Prometheus. */
export async function applicationFiles(): Promise<AnyObject> {
  const program = await readFile(join(import.meta.dirname, '../app/counter.ts'), 'utf8')
  const configuration = 'global: { scrape_interval: 1s }\n'
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: FILES },
    data: { 'counter.ts': program, 'prometheus.yml': configuration },
  }
}

/** A template for pods of one container. */
export function podTemplate(container: AnyObject, { labels, annotations, spec }: PodOptions = {}): AnyObject {
  return {
    metadata: { labels: { ...labels }, annotations: { ...annotations } },
    spec: {
      terminationGracePeriodSeconds: 5,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container],
      volumes: [
        { name: 'files', configMap: { name: FILES } },
        { name: 'data', emptyDir: {} },
      ],
      ...spec,
    },
  }
}

/** The container of app/counter.ts, with its port by the name `http`. */
export function counter({
  port = 8080,
  environment = {},
}: {
  readonly port?: number
  readonly environment?: Readonly<Record<string, string>>
} = {}): AnyObject {
  return {
    name: 'counter',
    image: NODE_IMAGE,
    command: ['node', '/files/counter.ts'],
    env: Object.entries({ PORT: String(port), ...environment }).map(([name, value]) => ({ name, value })),
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
    securityContext: RESTRICTED,
    volumeMounts: [{ name: 'files', mountPath: '/files' }],
  }
}

/** A Prometheus that scrapes nothing: an application with many metrics of its own, on port 9090. */
export function exporter(): AnyObject {
  return {
    name: 'exporter',
    image: PROMETHEUS_IMAGE,
    args: ['--config.file=/files/prometheus.yml', '--storage.tsdb.path=/data'],
    ports: [{ name: 'web', containerPort: 9090 }],
    readinessProbe: { httpGet: { path: '/-/ready', port: 'web' }, periodSeconds: 1 },
    securityContext: RESTRICTED,
    volumeMounts: [
      { name: 'files', mountPath: '/files' },
      { name: 'data', mountPath: '/data' },
    ],
  }
}

/** A Deployment whose pods are labelled `app: <name>`. */
export function deployment(
  name: string,
  template: AnyObject,
  spec: Readonly<Record<string, unknown>> = {},
): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: { app: name } }, template: labelled(name, template), ...spec },
  }
}

/** The template, with the label `app: <name>`. */
export function labelled(name: string, template: AnyObject): AnyObject {
  return {
    ...template,
    metadata: { ...template.metadata, labels: { ...template.metadata?.labels, app: name } },
  }
}

/** A gate. */
export function gate(name: string, spec: Readonly<Record<string, unknown>>): AnyObject {
  return { apiVersion: 'metricgate.io/v1alpha1', kind: 'MetricGate', metadata: { name }, spec }
}

/** The gate as it is now; throws when there is none. */
export function readGate(stage: Stage, name: string): Promise<AnyObject> {
  const { namespace } = stage
  return stage.admin.expect({ apiVersion: 'metricgate.io/v1alpha1', kind: 'MetricGate', namespace, name })
}
