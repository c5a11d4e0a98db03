/**
 * What a task comes to, unless the signal is aborted before: then its reason is thrown, and the task goes on for others, or
 * is not begun.
 */
export async function untilAborted<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const onAbort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([task(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
