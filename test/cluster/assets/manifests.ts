import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Environment } from './cache.ts'
import { findGo, runGo } from './go.ts'

const PROMETHEUS_OPERATOR = 'github.com/prometheus-operator/prometheus-operator'
const SOURCES = join(import.meta.dirname, '..', 'manifests')

/** The CustomResourceDefinitions of ServiceMonitor and PodMonitor as prometheus-operator publishes them. */
export function monitorManifests(environment: Environment): Promise<KubernetesObject[]> {
  return customResourceDefinitions(['servicemonitors', 'podmonitors'], environment)
}

/** The CustomResourceDefinitions of some of prometheus-operator's kinds, named in the plural; throws like `publishedManifests`. */
export function customResourceDefinitions(
  plurals: readonly string[],
  environment: Environment,
): Promise<KubernetesObject[]> {
  const paths = plurals.map(name => `prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`)
  return publishedManifests(paths, environment)
}

/** Manifests as prometheus-operator publishes them, by their paths below `example/` in its repository; throws like `moduleManifests`. */
export function publishedManifests(
  paths: readonly string[],
  environment: Environment,
): Promise<KubernetesObject[]> {
  const inExamples = paths.map(path => `example/${path}`)
  return moduleManifests(PROMETHEUS_OPERATOR, inExamples, environment)
}

/**
 * Manifests out of a Go module, by their paths in it, so that the version and its checksum are pinned by go.mod and go.sum in
 * `manifests/`; Go's module cache keeps them.
 * @throws ClusterError E_GO without Go, E_BUILD when the module cannot be downloaded
 */
export async function moduleManifests(
  module: string,
  paths: readonly string[],
  environment: Environment,
): Promise<KubernetesObject[]> {
  await findGo(SOURCES, environment)
  const answer = await runGo(['mod', 'download', '-json', module], SOURCES, environment)
  const { Dir: directory }: { Dir: string } = JSON.parse(answer)
  return Promise.all(paths.map(async path => parse(await readFile(join(directory, path), 'utf8'))))
}
