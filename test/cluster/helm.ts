import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type BuildContext, ensureBinaries } from './assets/binaries.ts'
import { HELM } from './assets/sets.ts'
import { ClusterError } from './errors.ts'

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** Runs Helm with some arguments; resolves to what it printed on standard output. Throws ClusterError E_PROGRAM with what it said. */
export type Helm = (...args: readonly string[]) => Promise<string>

/**
 * Finds Helm in the cache, or builds it from its Go module (once, minutes); throws like `ensureBinaries`.
 *
 * It talks to no cluster unless `--kubeconfig` names one.
 */
export async function resolveHelm(context: BuildContext = defaultContext()): Promise<Helm> {
  const directory = await ensureBinaries(context, HELM)
  // The machine's own configuration is not read. What the API server can do is asked each time: below a device there is no cache.
  const env = { HOME: directory, KUBECACHEDIR: '/dev/null' }
  return async (...args) => {
    try {
      const options = { env, maxBuffer: OUTPUT_BYTES_MAX }
      return (await promisify(execFile)(join(directory, 'helm'), args, options)).stdout
    } catch (error) {
      const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string }
      const said = [stderr, stdout].filter(Boolean).join('\n') || String(error)
      throw new ClusterError('E_PROGRAM', `helm ${args.join(' ')}: ${said.trim()}`, { cause: error })
    }
  }
}

function defaultContext(): BuildContext {
  return { environment: process.env, report: line => void process.stderr.write(`${line}\n`) }
}
