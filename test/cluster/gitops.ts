import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { KubernetesObject } from '@kubernetes/client-node'
import { type BuildContext, ensureBinaries } from './assets/binaries.ts'
import type { Environment } from './assets/cache.ts'
import { moduleManifests } from './assets/manifests.ts'
import { GITOPS } from './assets/sets.ts'
import { ClusterError } from './errors.ts'

/** What a tool says of an object. */
export interface Verdict {
  readonly status: string
  readonly message: string
}

/** What GitOps tools say of objects, in the objects' order. Each throws ClusterError E_PROGRAM when the tool cannot make sense of one. */
export interface GitOpsTools {
  /** Status of kstatus: Current, InProgress, Failed, Terminating, …: what Flux waits for. */
  readonly kstatus: (objects: readonly object[]) => Promise<Verdict[]>
  /** Health in Argo CD, where the Lua file `script` is the health check of the objects' kind: Healthy, Progressing, Degraded, … */
  readonly argocd: (script: string, objects: readonly object[]) => Promise<Verdict[]>
  /** Whether Flux knows every field of a HelmRelease: Accepted, with namespace/name of the release in Helm, or Refused. */
  readonly helmRelease: (objects: readonly object[]) => Promise<Verdict[]>
}

/** Finds the program that judges as GitOps tools do, or builds it (once, half a minute); throws like `ensureBinaries`. */
export async function resolveGitOpsTools(context: BuildContext = defaultContext()): Promise<GitOpsTools> {
  const executable = join(await ensureBinaries(context, GITOPS), 'gitops')
  return {
    kstatus: objects => ask(executable, ['kstatus'], objects),
    argocd: (script, objects) => ask(executable, ['argocd', script], objects),
    helmRelease: objects => ask(executable, ['helmrelease'], objects),
  }
}

/** The CustomResourceDefinitions of Argo CD and Flux by which they are told what to apply; that of HelmRelease is in no Go module. */
export async function gitOpsCrds(environment: Environment = process.env): Promise<KubernetesObject[]> {
  const flux = (controller: string, plurals: readonly string[]) => {
    const group = `${controller}.toolkit.fluxcd.io`
    const paths = plurals.map(plural => `config/crd/bases/${group}_${plural}.yaml`)
    return moduleManifests(`github.com/fluxcd/${controller}-controller`, paths, environment)
  }
  const definitions = await Promise.all([
    moduleManifests('github.com/argoproj/argo-cd/v3', ['manifests/crds/application-crd.yaml'], environment),
    flux('kustomize', ['kustomizations']),
    flux('source', ['gitrepositories']),
  ])
  return definitions.flat()
}

async function ask(
  executable: string,
  args: readonly string[],
  objects: readonly object[],
): Promise<Verdict[]> {
  const child = spawn(executable, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const lines = objects.map(object => `${JSON.stringify(object)}\n`)
  // A program that ends before it has read all says why on standard error.
  const written = pipeline(lines, child.stdin).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  const [output, errors, [code], unread] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
    written,
  ])
  if (code !== 0 || unread !== undefined) {
    throw new ClusterError(
      'E_PROGRAM',
      `gitops ${args.join(' ')} ended with ${code}: ${errors.trim() || unread}`,
    )
  }
  return output
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}

function defaultContext(): BuildContext {
  return { environment: process.env, report: line => void process.stderr.write(`${line}\n`) }
}
