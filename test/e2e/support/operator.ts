import { join } from 'node:path'
import { expect } from '@jest/globals'
import { resolveHelm } from '../../cluster/index.ts'
import type { AnyObject } from '../../operator/controller/support/admin.ts'
import { soon } from './soon.ts'
import type { Stage } from './stage.ts'

/** Where the manifests put the operator. */
export const OPERATOR_NAMESPACE = 'metricgate-system'

/** How many replicas of it there are. */
export const OPERATOR_REPLICAS = 2

const DEPLOYMENT = ['deployment/metricgate-operator', `--namespace=${OPERATOR_NAMESPACE}`]

/** Installs the operator as the documentation says, or changes the one that is there to that, and waits until it is ready. */
export async function installOperator(stage: Stage): Promise<void> {
  await stage.kubectl('apply', '--server-side', '--force-conflicts', '-k', stage.setup.manifests)
  await operatorRollout(stage)
}

/**
 * Installs it by Helm, as the documentation says, and waits until it is ready. What another story has installed otherwise becomes the
 * release's.
 */
export async function installByHelm(stage: Stage): Promise<void> {
  const helm = await resolveHelm()
  const { chart, kubeconfig } = stage.setup
  const where = [`--kubeconfig=${kubeconfig}`, `--namespace=${OPERATOR_NAMESPACE}`, '--create-namespace']
  await helm('upgrade', '--install', 'metricgate', chart, ...where, '--take-ownership')
  await operatorRollout(stage)
}

/** Installs nothing but the CRD, and waits until the API server knows the kind, which is a moment after kubectl has returned. */
export async function installCrd(stage: Stage): Promise<void> {
  await stage.kubectl('apply', '--server-side', '-f', stage.setup.crd)
  await soon(
    'MetricGate to be served',
    () => stage.kubectl('get', '--raw', '/apis/metricgate.io/v1alpha1'),
    kinds => expect(kinds).toContain('"MetricGate"'),
  )
}

/** Installs a later version: the same manifests with the images of that. */
export async function upgradeOperator(stage: Stage): Promise<void> {
  const { manifests: directory, version, nextVersion } = stage.setup
  const manifests = await stage.kubectl('kustomize', directory)
  const upgraded = ['operator', 'proxy'].reduce(
    (text, name) => text.replaceAll(`metricgate/${name}:${version}`, `metricgate/${name}:${nextVersion}`),
    manifests,
  )
  if (upgraded === manifests) throw new Error(`BUG: the manifests name no image of version ${version}`)
  await stage.kubectlApply(upgraded)
  await operatorRollout(stage)
}

/** Gives the operator the permission to restart workloads, which is not part of the default install. */
export async function permitRollouts(stage: Stage): Promise<void> {
  await stage.kubectl('apply', '--server-side', '-f', rolloutManifest(stage))
}

function rolloutManifest({ setup }: Stage): string {
  return join(setup.manifests, 'rollout.yaml')
}

/** Removes the operator and its CRD, in the order that the documentation gives. */
export async function uninstallOperator(stage: Stage): Promise<void> {
  const crd = 'customresourcedefinition/metricgates.metricgate.io'
  const found = await stage.kubectl('get', crd, '--ignore-not-found', '--output=name')
  if (found !== '') await stage.kubectl('delete', 'metricgate', '--all', '--all-namespaces')
  await stage.kubectl('delete', '--ignore-not-found', '-f', rolloutManifest(stage))
  await stage.kubectl('delete', '--ignore-not-found', '-k', stage.setup.manifests)
}

/** Takes the operator away, and with it the webhook, as when all its pods are lost. */
export async function stopOperator(stage: Stage): Promise<void> {
  await stage.kubectl('scale', ...DEPLOYMENT, '--replicas=0')
  await soon(
    'no pod of the operator',
    () => operatorPods(stage),
    pods => pods.length === 0,
  )
}

/** Brings it back, and waits until it is ready. */
export async function startOperator(stage: Stage): Promise<void> {
  await stage.kubectl('scale', ...DEPLOYMENT, `--replicas=${OPERATOR_REPLICAS}`)
  await operatorRollout(stage)
}

/** Replaces its pods one after the other, as an upgrade does. */
export async function restartOperator(stage: Stage): Promise<void> {
  await stage.kubectl('rollout', 'restart', ...DEPLOYMENT)
  await operatorRollout(stage)
}

/** How many admission reviews the replicas have answered since they started, by their own metrics. */
export async function admissions(stage: Stage): Promise<number> {
  const pods = await operatorPods(stage)
  const counts = await Promise.all(pods.map(({ metadata }) => admissionsOf(stage, metadata?.name ?? '')))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function admissionsOf(stage: Stage, pod: string): Promise<number> {
  const { body } = await stage.getFrom(OPERATOR_NAMESPACE, pod, 8080, '/metrics')
  const series = body.matchAll(/^metricgate_operator_admissions_total\{.*\} (\S+)$/gm)
  return Array.from(series).reduce((sum, [, value]) => sum + Number(value), 0)
}

/** The pod of the replica that holds the lease; undefined while none does. */
export async function leaderPod(stage: Stage): Promise<string | undefined> {
  const lease = await stage.admin.get({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    namespace: OPERATOR_NAMESPACE,
    name: 'metricgate-operator',
  })
  const holder: string = lease?.spec?.holderIdentity ?? ''
  const names = (await operatorPods(stage)).map(({ metadata }) => metadata?.name ?? '')
  return names.find(name => holder.startsWith(name))
}

async function operatorRollout(stage: Stage): Promise<void> {
  await stage.kubectl('rollout', 'status', ...DEPLOYMENT, '--timeout=120s')
}

/** The pods of the operator, those on their way out as well. */
export function operatorPods(stage: Stage): Promise<AnyObject[]> {
  return stage.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace: OPERATOR_NAMESPACE })
}
