import { ApiException } from '@kubernetes/client-node'

/** The answer, or undefined where the API server says that there is no such object. */
export async function unlessNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined
    throw error
  }
}
