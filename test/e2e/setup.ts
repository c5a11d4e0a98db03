import { readFileSync } from 'node:fs'
import * as z from 'zod'

const setupSchema = z.object({
  kubeconfig: z.string(),
  kubectl: z.string(),
  /** The cluster's directory: logs of its programs, and of all containers below `pods`. */
  directory: z.string(),
  /** What a failing story leaves behind goes here. */
  evidence: z.string(),
  /** The kustomization that users install, and the CRD in it, of the state that the images are of. */
  manifests: z.string(),
  crd: z.string(),
  /** The Helm chart of that state. */
  chart: z.string(),
  /** The version of the images that the manifests name, and a later one. The cluster has the images of both. */
  version: z.string(),
  nextVersion: z.string(),
})

/** What the runner has prepared for the stories. */
export type Setup = z.infer<typeof setupSchema>

/** The environment variable that holds the path of a `Setup` in JSON. */
export const SETUP_VARIABLE = 'METRICGATE_E2E_SETUP'

/**
 * Reads what the runner has prepared.
 * @throws Error where no runner has
 */
export function readSetup(environment: Readonly<Record<string, string | undefined>>): Setup {
  const path = environment[SETUP_VARIABLE]
  if (path === undefined)
    throw new Error(
      `${SETUP_VARIABLE} is not set: the stories need a cluster, which \`npm run test:e2e\` starts`,
    )
  return setupSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}
