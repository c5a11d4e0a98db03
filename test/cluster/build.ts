import { dirname } from 'node:path'
import { ensureBinaries } from './assets/binaries.ts'
import { monitorManifests } from './assets/manifests.ts'
import { resolveAssets } from './assets/resolve.ts'
import { PROMQL } from './assets/sets.ts'
import { certManagerCrds } from './cert-manager-crds.ts'
import { ClusterError } from './errors.ts'
import { gitOpsCrds, resolveGitOpsTools } from './gitops.ts'
import { resolveHelm } from './helm.ts'
import { monitoringImages } from './monitoring/images.ts'
import { resolveNodeAssets } from './node/assets.ts'
import { nodeUnavailable, prepareMachine } from './node/machine.ts'

/**
 * Makes ready what the test cluster needs, so that tests do not wait for it: the control plane's programs and the
 * manifests that tests install; with `--node`, where a node can run, also what that needs, Prometheus and prometheus-operator.
 */
async function main(): Promise<void> {
  const context = {
    environment: process.env,
    report: (line: string) => void process.stderr.write(`${line}\n`),
  }
  const assets = await resolveAssets(context)
  await monitorManifests(process.env)
  await certManagerCrds()
  await resolveHelm(context)
  await resolveGitOpsTools(context)
  await gitOpsCrds(context.environment)
  await ensureBinaries(context, PROMQL)
  if (process.argv.includes('--node') && nodeUnavailable() === undefined) {
    await prepareMachine(context)
    await resolveNodeAssets(context)
    await monitoringImages(context)
  }
  process.stdout.write(`${dirname(assets.etcd)}\n`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof ClusterError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
