import * as z from 'zod'
import { collectionPath, METRIC_GATE } from '../../operator/kubernetes/kinds.ts'
import { RENDERED_KINDS } from '../../operator/resources/render.ts'
import { memoryOf, type OperatorMemory } from './pods.ts'
import { growth } from './samples.ts'
import type { Testbed } from './testbed.ts'

/** What a restart takes, with all gates and pods there. */
export interface RestartResult {
  /** From the start of the process until its caches are complete and it is ready. */
  readonly readySeconds: number
  /** Its requests until then, by method. */
  readonly requestsUntilReady: Readonly<Record<string, number>>
  /** Requests until nothing was left to do, by verb and resource, as the API server counts those of all clients. */
  readonly requests: Readonly<Record<string, number>>
  /** Gates, and objects of gates, that have changed by them. */
  readonly changedObjects: number
  readonly memory: OperatorMemory
}

const itemSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), resourceVersion: z.string() }),
})
const listSchema = z.object({ items: z.array(itemSchema).nullable() })

/** Ends the operator and starts another one. */
export async function measureRestart(
  testbed: Testbed,
  progress: (step: string) => void,
): Promise<RestartResult> {
  progress('restart')
  await testbed.operator()
  await testbed.settle()
  const versions = await objectVersions(testbed)
  const before = await testbed.apiServerRequests()
  const operator = await testbed.restartOperator()
  const requestsUntilReady = (await operator.counts()).requests
  await testbed.settle()
  const requests = growth(before, await testbed.apiServerRequests())
  const changed = [...(await objectVersions(testbed))].filter(
    ([key, version]) => versions.get(key) !== version,
  )
  return {
    readySeconds: operator.readyMs / 1000,
    requestsUntilReady,
    requests,
    changedObjects: changed.length,
    memory: await memoryOf(operator),
  }
}

/** The resource versions of all gates and their objects. */
async function objectVersions({ api }: Testbed): Promise<Map<string, string>> {
  const versions = new Map<string, string>()
  for (const kind of [METRIC_GATE, ...RENDERED_KINDS]) {
    const listed = listSchema.parse(
      await api.json({
        path: collectionPath(kind, ''),
        query: { resourceVersion: '0' },
        accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      }),
    )
    for (const { metadata } of listed.items ?? [])
      versions.set(`${kind.kind} ${metadata.namespace}/${metadata.name}`, metadata.resourceVersion)
  }
  return versions
}
