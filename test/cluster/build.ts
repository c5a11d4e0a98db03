import { dirname } from 'node:path'
import { monitorManifests } from './assets/manifests.ts'
import { resolveAssets } from './assets/resolve.ts'
import { ClusterError } from './errors.ts'

/**
 * Makes ready what the test cluster needs, so that tests do not wait for it: the control plane's programs and the
 * manifests that tests install.
 */
async function main(): Promise<void> {
  const report = (line: string) => void process.stderr.write(`${line}\n`)
  const assets = await resolveAssets({ environment: process.env, report })
  await monitorManifests(process.env)
  process.stdout.write(`${dirname(assets.etcd)}\n`)
}

try {
  await main()
} catch (error) {
  if (!(error instanceof ClusterError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
