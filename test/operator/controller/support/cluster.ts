import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { parse, parseAllDocuments } from 'yaml'
import { parseOptions } from '../../../../operator/options.ts'
import { type Operator, runOperator } from '../../../../operator/run.ts'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  monitorCrds,
  startControlPlane,
} from '../../../cluster/index.ts'
import { Admin, type AnyObject, type ObjectRef } from './admin.ts'
import { machineClock } from './clocks.ts'
import { eventually } from './eventually.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const READY_MS_MAX = 60_000
const MANIFESTS = join(ROOT, 'charts/manifests')

/** Who an operator is to the API server. */
export interface ServiceAccountRef {
  readonly namespace: string
  readonly name: string
}

/** The operator of the manifests. */
export const OWN_ACCOUNT: ServiceAccountRef = { namespace: 'metricgate-system', name: 'metricgate-operator' }

/** An operator that runs in this process, as its ServiceAccount. */
export interface TestOperator extends Operator, AsyncDisposable {
  /** What it logged: parsed lines. */
  readonly log: readonly { readonly level: number; readonly msg: string; readonly [field: string]: unknown }[]
  /** Where its metrics are registered. */
  readonly registry: Registry
  /** The value of one of its metrics, summed over the series whose labels are these. */
  metric(name: string, labels?: Record<string, string>): Promise<number>
}

/** A real control plane in which the operator is installed from the manifests. */
export class TestCluster {
  readonly controlPlane: ControlPlane
  readonly admin: Admin
  #namespaces = 0

  private constructor(controlPlane: ControlPlane) {
    this.controlPlane = controlPlane
    this.admin = new Admin(controlPlane.kubeConfig())
  }

  /**
   * `monitors`: ServiceMonitor and PodMonitor are there from the start. `gates`: MetricGate is; 'unchecked': without the rules by which
   * the API server refuses gates, as an older CRD might be.
   */
  static async start({
    monitors = true,
    gates = 'checked',
    ...controlPlane
  }: {
    monitors?: boolean
    gates?: 'checked' | 'unchecked' | 'absent'
  } & Pick<ControlPlaneOptions, 'auditedGroups' | 'admissionPlugins'> = {}): Promise<TestCluster> {
    const definition = await gateDefinition()
    const crds = [
      ...(gates === 'absent' ? [] : [gates === 'checked' ? definition : withoutRules(definition)]),
      ...(monitors ? await monitorCrds() : []),
    ]
    const cluster = new TestCluster(await startControlPlane({ crds, ...controlPlane }))
    for (const object of await operatorManifests()) await cluster.admin.apply(object)
    return cluster
  }

  /** Starts the operator, and waits until it works unless it is not expected to. */
  async operator(
    flags: readonly string[] = [],
    { works = true, account = OWN_ACCOUNT }: { works?: boolean; account?: ServiceAccountRef } = {},
  ): Promise<TestOperator> {
    const args = [
      '--listen-address=127.0.0.1',
      '--metrics-port=0',
      '--webhook-port=0',
      '--webhook-url=https://127.0.0.1:0',
      `--namespace=${account.namespace}`,
      `--owner-cluster-role=${account.name}`,
      ...flags,
    ]
    const command = parseOptions(args, {}, '0.0.0')
    if (command.kind !== 'run') throw new Error(`BUG: ${args} runs nothing`)
    const log: TestOperator['log'][number][] = []
    const registry = new Registry()
    const operator = await runOperator(command.options, {
      kubeConfig: await this.controlPlane.serviceAccountConfig(account.namespace, account.name),
      logger: pino({ level: 'debug' }, { write: line => log.push(JSON.parse(line)) }),
      clock: machineClock,
      random: Math.random,
      identity: randomUUID(),
      registry,
      version: '0.0.0',
      absentMsMax: 500,
      settleMs: 1_000,
      podChangesPace: { gatherMs: 500, restMs: 500, betweenMs: 10 },
      onFatal: error => {
        throw error
      },
    })
    if (works) await working(operator)
    const metric = async (name: string, labels: Record<string, string> = {}): Promise<number> => {
      const found = await registry.getSingleMetric(name)?.get()
      return (found?.values ?? [])
        .filter(({ labels: of }) => Object.entries(labels).every(([key, value]) => of[key] === value))
        .reduce((sum, { value }) => sum + value, 0)
    }
    return { ...operator, log, registry, metric, [Symbol.asyncDispose]: () => operator.stop() }
  }

  /** A new namespace. */
  async namespace(): Promise<string> {
    this.#namespaces += 1
    const name = `test-${this.#namespaces}`
    await this.admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    return name
  }

  stop(): Promise<void> {
    return this.controlPlane.stop()
  }
}

/** Resolves when it is ready: pods that are made from now on get their sidecars. */
async function working(operator: Operator): Promise<void> {
  await operator.started
  await eventually(() => {
    const obstacles = operator.obstacles()
    if (obstacles.length > 0) throw new Error(`the operator is not ready: ${obstacles.join('; ')}`)
  }, READY_MS_MAX)
}

/** The CRD of MetricGate. */
export async function gateDefinition(): Promise<KubernetesObject> {
  return parse(await readFile(join(ROOT, 'crds/metricgates.metricgate.io.yaml'), 'utf8'))
}

function withoutRules(definition: KubernetesObject): KubernetesObject {
  return JSON.parse(
    JSON.stringify(definition, (key, value) => (key === 'x-kubernetes-validations' ? undefined : value)),
  )
}

/** What `kubectl apply -k charts/manifests` would apply, without the CRD. */
export async function operatorManifests(): Promise<AnyObject[]> {
  const { resources } = parse(await readFile(join(MANIFESTS, 'kustomization.yaml'), 'utf8')) as {
    resources: string[]
  }
  const files = resources.filter(name => name.endsWith('.yaml'))
  return (await Promise.all(files.map(manifest))).flat()
}

/** The objects of one file of charts/manifests. */
export async function manifest(name: string): Promise<AnyObject[]> {
  const text = await readFile(join(MANIFESTS, name), 'utf8')
  return parseAllDocuments(text).map(document => document.toJS() as AnyObject)
}

/** A gate, as a user writes it. */
export function gateObject(namespace: string, name: string, spec: Record<string, unknown> = {}): AnyObject {
  return {
    apiVersion: 'metricgate.io/v1alpha1',
    kind: 'MetricGate',
    metadata: { name, namespace },
    spec: { targets: [{ port: 8080 }], ...spec },
  }
}

/** Refers to a gate, and to the objects of the gate. */
export const refs = {
  gate: (namespace: string, name: string): ObjectRef => ({
    apiVersion: 'metricgate.io/v1alpha1',
    kind: 'MetricGate',
    namespace,
    name,
  }),
  configMap: owned('v1', 'ConfigMap'),
  service: owned('v1', 'Service'),
  serviceMonitor: owned('monitoring.coreos.com/v1', 'ServiceMonitor'),
  podMonitor: owned('monitoring.coreos.com/v1', 'PodMonitor'),
}

/** Refers to an object of the gate by its own name. */
export const named = {
  deployment: (namespace: string, name: string): ObjectRef => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace,
    name,
  }),
  service: (namespace: string, name: string): ObjectRef => ({
    apiVersion: 'v1',
    kind: 'Service',
    namespace,
    name,
  }),
}

function owned(apiVersion: string, kind: string): (namespace: string, gate: string) => ObjectRef {
  return (namespace, gate) => ({ apiVersion, kind, namespace, name: `metricgate-${gate}` })
}

/** A pod with one container, which is never run. */
export function podObject(
  namespace: string,
  name: string,
  annotations: Record<string, string> = {},
): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, annotations },
    spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
  }
}

/** The status of a condition and its reason: "True Reconciled"; "absent" when it is not there. */
export function condition(gate: AnyObject, type: string): string {
  const found = gate.status?.conditions?.find((candidate: { type: string }) => candidate.type === type)
  return found === undefined ? 'absent' : `${found.status} ${found.reason}`
}
