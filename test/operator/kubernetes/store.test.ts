import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Change, Store, type Stored } from '../../../operator/kubernetes/store.ts'

const object = fc
  .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('x', 'y'), fc.integer({ min: 1, max: 3 }))
  .map(([name, namespace, version]) => ({ metadata: { name, namespace, resourceVersion: String(version) } }))
const listing = fc.uniqueArray(object, { selector: keyOf })
const step = fc.oneof(
  object.map(given => (store: Store<Stored>) => [store.set(given)]),
  object.map(given => (store: Store<Stored>) => [store.delete(given)]),
  listing.map(given => (store: Store<Stored>) => store.replace(given)),
)

function keyOf({ metadata }: Stored): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** What somebody knows who has only heard of the changes. */
function follow(changes: readonly (Change<Stored> | undefined)[], known: Map<string, string>): void {
  for (const change of changes) {
    if (change?.type === 'deleted') known.delete(keyOf(change.object))
    else if (change !== undefined) known.set(keyOf(change.object), change.object.metadata.resourceVersion)
  }
}

test('who follows the changes knows what the store holds', () => {
  fc.assert(
    fc.property(fc.array(step), steps => {
      const store = new Store<Stored>()
      const known = new Map<string, string>()
      for (const take of steps) follow(take(store), known)
      const held = new Map([...store.all()].map(stored => [keyOf(stored), stored.metadata.resourceVersion]))
      expect(held).toEqual(known)
      expect(store.size).toBe(known.size)
    }),
  )
})

test('a listing leaves exactly what it names', () => {
  fc.assert(
    fc.property(listing, listing, (before, after) => {
      const store = new Store<Stored>()
      store.replace(before)
      store.replace(after)
      expect([...store.all()].map(keyOf).sort()).toEqual(after.map(keyOf).sort())
    }),
  )
})

test('the same listing once more changes nothing', () => {
  fc.assert(
    fc.property(listing, objects => {
      const store = new Store<Stored>()
      store.replace(objects)
      expect(store.replace(objects)).toEqual([])
    }),
  )
})
