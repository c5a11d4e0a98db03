import { join } from 'node:path'
import { expect } from '@jest/globals'
import { soon } from './soon.ts'
import type { Stage } from './stage.ts'

/** Where the manifests put the operator. */
export const OPERATOR_NAMESPACE = 'metricgate-system'

const DEPLOYMENT = ['deployment/metricgate-operator', `--namespace=${OPERATOR_NAMESPACE}`]

/** Installs the operator as the documentation says, or changes the one that is there to that, and waits until it is ready. */
export async function installOperator(stage: Stage): Promise<void> {
  await stage.kubectl('apply', '--server-side', '--force-conflicts', '-k', stage.setup.manifests)
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
  await stage.kubectl('scale', ...DEPLOYMENT, '--replicas=1')
  await operatorRollout(stage)
}

/** How many admission reviews the operator has answered since it started, by its own metrics. */
export async function admissions(stage: Stage): Promise<number> {
  const [pod] = await operatorPods(stage)
  const { body } = await stage.getFrom(OPERATOR_NAMESPACE, pod?.metadata?.name ?? '', 8080, '/metrics')
  const series = body.matchAll(/^metricgate_operator_admissions_total\{.*\} (\S+)$/gm)
  return Array.from(series).reduce((sum, [, value]) => sum + Number(value), 0)
}

async function operatorRollout(stage: Stage): Promise<void> {
  await stage.kubectl('rollout', 'status', ...DEPLOYMENT, '--timeout=120s')
}

function operatorPods(stage: Stage) {
  return stage.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace: OPERATOR_NAMESPACE })
}
