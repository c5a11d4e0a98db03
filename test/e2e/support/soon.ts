import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import { messageOf } from '../../../proxy/errors.ts'

/** How `soon` looks. */
export interface SoonOptions<T> {
  readonly timeoutMs?: number
  readonly intervalMs?: number
  /** What of that which is seen is worth telling. Default: all of it. */
  readonly describe?: (seen: T) => unknown
}

const SEEN_LENGTH_MAX = 3_000

/**
 * Looks again and again until what is seen passes `check`, which throws or returns false when it does not.
 * @param expected completes the sentence "expected within 60 s: …"
 * @throws Error with what was expected, what was seen last, and what `check` had against that
 */
export async function soon<T>(
  expected: string,
  look: () => Promise<T> | T,
  check: (seen: T) => unknown,
  { timeoutMs = 60_000, intervalMs = 250, describe = all => all }: SoonOptions<T> = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const { seen, objection } = await attempt(look, check)
    if (objection === undefined) return seen.value
    if (performance.now() > deadline)
      throw new Error(
        `expected within ${timeoutMs / 1000} s: ${expected}\nsaw: ${seen === undefined ? 'an error' : textOf(describe(seen.value))}\n${objection}`,
      )
    await delay(intervalMs)
  }
}

type Attempt<T> =
  | { readonly seen: { readonly value: T }; readonly objection: undefined }
  | { readonly seen: { readonly value: T } | undefined; readonly objection: string }

async function attempt<T>(look: () => Promise<T> | T, check: (seen: T) => unknown): Promise<Attempt<T>> {
  let seen: { value: T } | undefined
  try {
    seen = { value: await look() }
    if (check(seen.value) !== false) return { seen, objection: undefined }
    return { seen, objection: '' }
  } catch (error) {
    return { seen, objection: messageOf(error) }
  }
}

function textOf(seen: unknown): string {
  const text = typeof seen === 'string' ? seen : inspect(seen, { depth: 8 })
  return text.length <= SEEN_LENGTH_MAX ? text : `${text.slice(0, SEEN_LENGTH_MAX)} …`
}
