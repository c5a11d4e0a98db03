import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { cacheDirectory, type Environment } from './assets/cache.ts'
import { exists } from './assets/exists.ts'

const schema = z.object({
  /** Of the process that holds the cluster. */
  pid: z.number().int().positive(),
  kubeconfig: z.string(),
  kubectl: z.string().optional(),
  /** What to put before a command to run it in the cluster's network. */
  inside: z.array(z.string()),
})

/** What there is to know about the cluster that `npm run cluster` has started. */
export type RunningCluster = z.infer<typeof schema>

/** Notes that a cluster runs, for other processes of this user. */
export async function noteRunning(cluster: RunningCluster, environment: Environment): Promise<void> {
  await writeFile(noteIn(environment), JSON.stringify(cluster), { mode: 0o600 })
}

/** Takes the note back. */
export async function forgetRunning(environment: Environment): Promise<void> {
  await rm(noteIn(environment), { force: true })
}

/** The cluster that runs, if one does. A cluster takes its files with it, so a note whose kubeconfig is gone is of the past. */
export async function findRunning(environment: Environment): Promise<RunningCluster | undefined> {
  const path = noteIn(environment)
  if (!(await exists(path))) return undefined
  const cluster = schema.parse(JSON.parse(await readFile(path, 'utf8')))
  return (await exists(cluster.kubeconfig)) ? cluster : undefined
}

function noteIn(environment: Environment): string {
  return join(cacheDirectory(environment), 'cluster.json')
}
