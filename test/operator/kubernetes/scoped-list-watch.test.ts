import { afterEach, describe, expect, test } from '@jest/globals'
import { ALL_NAMESPACES } from '../../../operator/kubernetes/kinds.ts'
import type { ListWatch } from '../../../operator/kubernetes/list-watch.ts'
import { ScopedListWatch } from '../../../operator/kubernetes/scoped-list-watch.ts'
import type { Stored } from '../../../operator/kubernetes/store.ts'
import { closeAll, listWatch } from '../controller/support/list-watch.ts'
import { list, type Step, silence, status, thing } from '../controller/support/scripted-api.ts'

afterEach(closeAll)

/** A list-watch for each namespace, on an API server of its own that follows a script. */
async function scoped(scripts: Record<string, Step[]>): Promise<ScopedListWatch<Stored>> {
  const made = new Map<string, ListWatch<Stored>>()
  for (const [namespace, steps] of Object.entries(scripts)) {
    made.set(namespace, (await listWatch(steps)).watched)
  }
  return new ScopedListWatch(Object.keys(scripts), namespace => made.get(namespace) as ListWatch<Stored>)
}

const synced = (watch: ScopedListWatch<Stored>): Promise<unknown> =>
  Promise.all(watch.parts.map(({ listWatch: { synced: done } }) => done))

function names(objects: Iterable<Stored>): string[] {
  return [...objects].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

describe('the store', () => {
  test('is that of all namespaces together', async () => {
    const watch = await scoped({
      a: [list(5, [thing('x', 1, 'a'), thing('y', 2, 'a')])],
      b: [list(7, [thing('x', 3, 'b')])],
    })
    await synced(watch)
    expect(names(watch.store.all())).toEqual(['a/x', 'a/y', 'b/x'])
    expect(watch.store.size).toBe(3)
    expect(names(watch.store.in('b'))).toEqual(['b/x'])
    expect(watch.store.get('a', 'y')?.metadata.resourceVersion).toBe('2')
    expect(watch.store.get('b', 'y')).toBeUndefined()
  })

  test('knows nothing of other namespaces', async () => {
    const watch = await scoped({ a: [list(5, [thing('x', 1, 'a')])] })
    await synced(watch)
    expect(names(watch.store.in('b'))).toEqual([])
    expect(watch.store.get('b', 'x')).toBeUndefined()
  })

  test('of one list-watch over the cluster knows each namespace', async () => {
    const watch = await scoped({ [ALL_NAMESPACES]: [list(5, [thing('x', 1, 'a'), thing('y', 2, 'b')])] })
    await synced(watch)
    expect(names(watch.store.in('b'))).toEqual(['b/y'])
    expect(watch.store.get('a', 'x')?.metadata.name).toBe('x')
  })
})

const listed: Step[] = [list(5, [])]
const absent: Step[] = [status(404, 'NotFound'), silence]
const refused: Step[] = [...Array<Step>(4).fill(status(403, 'Forbidden')), silence]

describe('the kind', () => {
  const cases = [
    { a: listed, b: listed, available: true },
    { a: absent, b: absent, available: false },
    { a: absent, b: listed, available: true },
    { a: refused, b: listed, available: true },
    { a: refused, b: refused, available: undefined },
  ]
  test.each(cases)('case %# is available: $available', async ({ a, b, available }) => {
    const watch = await scoped({ a, b })
    await Promise.all(watch.parts.map(({ listWatch: { settled } }) => settled))
    expect(watch.available).toBe(available)
    expect(watch.isSettled).toBe(true)
  })

  test('is not settled before every namespace has answered', async () => {
    const watch = await scoped({ a: listed, b: [silence] })
    await watch.parts[0]?.listWatch.synced
    expect(watch.isSettled).toBe(false)
    expect(watch.available).toBe(true)
  })
})

describe('its progress', () => {
  const heard = (lastProgressMs: number) => ({ isSettled: true, available: true, lastProgressMs })
  const refusedAt = (lastProgressMs: number) => ({ isSettled: true, available: undefined, lastProgressMs })
  const unknown = (lastProgressMs: number) => ({ isSettled: false, available: undefined, lastProgressMs })

  test.each([
    { title: 'that of the namespace that lags behind most', parts: [heard(7), heard(5)], expected: 5 },
    { title: 'not that of one that is refused', parts: [refusedAt(1), heard(5)], expected: 5 },
    { title: 'that of one that is not known yet', parts: [unknown(1), heard(5)], expected: 1 },
    { title: 'none where all are refused', parts: [refusedAt(2), refusedAt(1)], expected: 1 },
  ])('is $title', ({ parts, expected }) => {
    const namespaces = parts.map((_, index) => String(index))
    const of = (namespace: string) => parts[Number(namespace)] as ListWatch<Stored>
    expect(new ScopedListWatch(namespaces, of).lastProgressMs).toBe(expected)
  })
})
