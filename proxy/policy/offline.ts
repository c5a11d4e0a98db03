import type { PolicySettings } from './host.ts'
import type { PolicySet } from './policy-set.ts'
import { readPolicyFile } from './providers/file.ts'
import { INLINE } from './providers/inline.ts'
import { PolicyRegistry } from './registry.ts'
import { readPolicies } from './schema/document.ts'

/** The policies that a command can have without serving. */
export interface OfflinePolicies {
  readonly set: PolicySet
  /** Ids of the providers that only a proxy that serves asks. */
  readonly notAsked: readonly string[]
}

/**
 * Reads the policies of a configuration and of the files that it names, once. Policy servers are not asked.
 *
 * @throws {PolicyProviderError} if a file cannot be used
 */
export async function readOfflinePolicies({ inline, providers }: PolicySettings): Promise<OfflinePolicies> {
  const registry = new PolicyRegistry([INLINE, ...providers.map(({ id }) => id)])
  registry.replace(INLINE, readPolicies('policies', inline ?? []))
  const notAsked: string[] = []
  for (const provider of providers) {
    if (provider.type === 'file') registry.replace(provider.id, await readPolicyFile(provider.path))
    else notAsked.push(provider.id)
  }
  return { set: registry.set, notAsked }
}
