import type { KubernetesObject } from '@kubernetes/client-node'
import { moduleManifests } from './assets/manifests.ts'

/** The CustomResourceDefinitions of Issuer and Certificate as cert-manager publishes them; throws like `moduleManifests`. */
export function certManagerCrds(): Promise<KubernetesObject[]> {
  const paths = ['issuers', 'certificates'].map(plural => `deploy/crds/cert-manager.io_${plural}.yaml`)
  return moduleManifests('github.com/cert-manager/cert-manager', paths, process.env)
}
