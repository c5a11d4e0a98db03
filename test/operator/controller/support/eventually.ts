import { setTimeout } from 'node:timers/promises'

/** Repeats the check until it passes; after `patienceMs` its last failure is the test's. */
export async function eventually<T>(check: () => T | Promise<T>, patienceMs = 20_000): Promise<T> {
  const endMs = Date.now() + patienceMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > endMs) throw error
      await setTimeout(20)
    }
  }
}
