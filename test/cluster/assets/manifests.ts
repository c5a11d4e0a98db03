import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KubernetesObject } from '@kubernetes/client-node'
import { parse } from 'yaml'
import type { Environment } from './cache.ts'
import { findGo, runGo } from './go.ts'

const MODULE = 'github.com/prometheus-operator/prometheus-operator'
const SOURCES = join(import.meta.dirname, '..', 'manifests')
const DIRECTORY = 'example/prometheus-operator-crd'
const FILES = ['monitoring.coreos.com_servicemonitors.yaml', 'monitoring.coreos.com_podmonitors.yaml']

/**
 * The CustomResourceDefinitions of ServiceMonitor and PodMonitor as prometheus-operator publishes them.
 *
 * They come out of its Go module, so that the version and its checksum are pinned by go.mod and go.sum in `manifests/`; Go's module
 * cache keeps them.
 * @throws ClusterError E_GO without Go, E_BUILD when the module cannot be downloaded
 */
export async function monitorManifests(environment: Environment): Promise<KubernetesObject[]> {
  await findGo(SOURCES, environment)
  const answer = await runGo(['mod', 'download', '-json', MODULE], SOURCES, environment)
  const { Dir: directory }: { Dir: string } = JSON.parse(answer)
  return Promise.all(FILES.map(async name => parse(await readFile(join(directory, DIRECTORY, name), 'utf8'))))
}
