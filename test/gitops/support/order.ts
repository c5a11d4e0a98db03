import type { Admin, AnyObject } from '../../operator/controller/support/admin.ts'

/** All orders of some things. */
export function permutations<T>(things: readonly T[]): T[][] {
  if (things.length === 0) return [[]]
  return things.flatMap((thing, index) =>
    permutations(things.toSpliced(index, 1)).map(rest => [thing, ...rest]),
  )
}

/**
 * Tries to apply objects in their order, and resolves to those that the API server did not take because it does not know their
 * kind or their namespace yet; throws on any other answer.
 */
export async function applyRound(admin: Admin, objects: readonly AnyObject[]): Promise<AnyObject[]> {
  const refused: AnyObject[] = []
  for (const object of objects) {
    try {
      await admin.apply(object, 'kustomize-controller')
    } catch (error) {
      if (!isNotThereYet(error)) throw error
      refused.push(object)
    }
  }
  return refused
}

/** As Flux and Argo CD do: what was not taken is tried again in the next round. Each round gets one object in at least. */
export async function applyWithRetries(admin: Admin, objects: readonly AnyObject[]): Promise<void> {
  let left = objects
  while (left.length > 0) {
    const refused = await applyRound(admin, left)
    if (refused.length === left.length) {
      const names = refused.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)
      throw new Error(`none of these can be applied: ${names.join(', ')}`)
    }
    left = refused
  }
}

/** 404 for a namespace or a path, or client-node's own word when discovery does not find the kind. */
function isNotThereYet(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if ('code' in error && error.code === 404) return true
  return 'message' in error && String(error.message).startsWith('Unrecognized API version and kind')
}
