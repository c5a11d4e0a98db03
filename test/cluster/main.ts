import { once } from 'node:events'
import { startControlPlane } from './control-plane/start.ts'
import { ClusterError } from './errors.ts'

/** A control plane for a person: says how to reach it, and stays until Ctrl-C. */
async function main(): Promise<void> {
  // From the first moment: a signal before the control plane is up ends this process, and the supervisor does the rest.
  await using controlPlane = await startControlPlane({ environment: process.env })
  const { url, kubeconfig, kubectl } = controlPlane
  process.stdout.write(`Kubernetes is up at ${url}\n\n  export KUBECONFIG=${kubeconfig}\n`)
  if (kubectl !== undefined) process.stdout.write(`  ${kubectl} get namespaces\n`)
  process.stdout.write('\nCtrl-C ends it and removes what it has made.\n')
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
}

try {
  await main()
} catch (error) {
  if (!(error instanceof ClusterError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
