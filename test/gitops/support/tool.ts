import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import type { ControlPlane } from '../../cluster/index.ts'
import type { AnyObject } from '../../operator/controller/support/admin.ts'

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** How a GitOps tool sends what stands in Git, in the words of kubectl, whose code it shares. */
export interface Manner {
  readonly tool: string
  readonly flags: readonly string[]
}

/** `--force-conflicts` is how both of them apply on the server. */
const serverSide = (manager: string): string[] => [
  '--server-side',
  '--force-conflicts',
  `--field-manager=${manager}`,
]

export const MANNERS: readonly Manner[] = [
  { tool: 'Argo CD with ServerSideApply', flags: serverSide('argocd-controller') },
  { tool: 'Flux', flags: serverSide('kustomize-controller') },
  { tool: 'Argo CD as it is by default', flags: ['--field-manager=argocd-controller'] },
]

/** Applies and compares objects as a GitOps tool does. */
export class Tool {
  readonly #controlPlane: ControlPlane
  readonly #flags: readonly string[]

  constructor(controlPlane: ControlPlane, { flags }: Manner) {
    this.#controlPlane = controlPlane
    this.#flags = flags
  }

  /** Throws with what kubectl said when the API server refuses an object. */
  async apply(objects: readonly AnyObject[]): Promise<void> {
    await this.#kubectl('apply', objects)
  }

  /** How the cluster would differ after another `apply`: a diff, empty when it would not. */
  async diff(objects: readonly AnyObject[]): Promise<string> {
    try {
      return await this.#kubectl('diff', objects)
    } catch (error) {
      const { code, stdout } = error as { code?: number; stdout?: string }
      // kubectl diff: 1 means that there are differences, more that it failed.
      if (code === 1 && stdout) return stdout
      throw error
    }
  }

  async #kubectl(command: string, items: readonly AnyObject[]): Promise<string> {
    const file = join(this.#controlPlane.directory, 'applied.json')
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
    const args = [command, `--kubeconfig=${this.#controlPlane.kubeconfig}`, ...this.#flags, '-f', file]
    const kubectl = this.#controlPlane.kubectl ?? 'kubectl'
    return (await promisify(execFile)(kubectl, args, { maxBuffer: OUTPUT_BYTES_MAX })).stdout
  }
}

/**
 * Paths of fields of the manifest that do not stand in the live object as they are written. Lists count as a whole: so Argo CD
 * compares custom resources unless it is told to ask the API server (its docs, "Diff Strategies"; `pkg/diff` of gitops-engine).
 */
export function rewrittenFields(manifest: unknown, live: unknown, path = ''): string[] {
  if (isMap(manifest) && isMap(live)) {
    return Object.entries(manifest).flatMap(([key, value]) =>
      rewrittenFields(value, live[key], `${path}.${key}`),
    )
  }
  return isDeepStrictEqual(manifest, live) ? [] : [path]
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
