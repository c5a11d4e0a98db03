import { setTimeout as delay } from 'node:timers/promises'
import { ClusterError } from './errors.ts'

/** How long `eventually` waits and how often it looks, in milliseconds. */
export interface EventuallyOptions {
  timeoutMs?: number
  intervalMs?: number
}

/**
 * Calls `probe` until it returns something other than `undefined` or `false`, and returns that.
 *
 * An error that the probe throws counts as "not yet". `what` completes the sentence "waited 30 s for …".
 * @throws ClusterError E_TIMEOUT, with the last error of the probe as its cause
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 30_000, intervalMs = 50 }: EventuallyOptions = {},
): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  let lastError: unknown
  while (!timeout.aborted) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
      lastError = undefined
    } catch (error) {
      lastError = error
    }
    await delay(intervalMs)
  }
  const reason = lastError instanceof Error ? `: ${lastError.message}` : ''
  throw new ClusterError('E_TIMEOUT', `waited ${timeoutMs / 1000} s for ${what}${reason}`, {
    cause: lastError,
  })
}
