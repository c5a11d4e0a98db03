import { expect, test } from '@jest/globals'
import { PolicyRegistry } from '../../../proxy/policy/registry.ts'
import { readPolicy } from '../../../proxy/policy/schema/policy.ts'
import { dataPoint, written } from './policies.ts'

const named = (id: string, label = id, keep = false) =>
  readPolicy({ ...written([{ datapoint_attribute: label, exists: true }], keep), id })

const overview = (registry: PolicyRegistry) =>
  registry.policies.map(({ provider, reading, state, errors }) => {
    const id = reading.kind === 'metric' ? reading.policy.id : reading.id
    return [provider, id, state, ...errors]
  })

test('the policies of several providers are one set, in the order of the providers', () => {
  const registry = new PolicyRegistry(['one', 'two'])
  registry.replace('two', [named('b')])
  registry.replace('one', [named('a')])
  expect(registry.set.policies.map(({ id }) => id)).toEqual(['a', 'b'])
})

test('of policies with one id that of the first provider counts, whoever came first', () => {
  const registry = new PolicyRegistry(['one', 'two'])
  registry.replace('two', [named('a', 'y'), named('b')])
  registry.replace('one', [named('a', 'x'), named('a', 'z')])
  expect(overview(registry)).toEqual([
    ['one', 'a', 'active'],
    ['one', 'a', 'invalid', 'id: this provider has a policy with this id already'],
    ['two', 'a', 'invalid', 'id: provider "one" has a policy with this id already'],
    ['two', 'b', 'active'],
  ])
  expect(registry.set.decide(dataPoint({ y: '', z: '' })).kept).toBe(true)
})

test('what is not active is there, and has no effect', () => {
  const registry = new PolicyRegistry(['one'])
  registry.replace('one', [
    readPolicy({ ...written([{ metric_type: 'gauge' }], false, { enabled: false }), id: 'off' }),
    readPolicy({ id: 'log', name: 'n', log: {} }),
    readPolicy({ ...written([]), id: 'bad' }),
    readPolicy({ name: 'without id' }),
    readPolicy({ name: 'nor this one' }),
  ])
  expect(overview(registry)).toEqual([
    ['one', 'off', 'disabled'],
    ['one', 'log', 'ignored'],
    ['one', 'bad', 'invalid', 'metric: no matchers specified'],
    ['one', '', 'invalid', 'id: required', 'no target specified'],
    ['one', '', 'invalid', 'id: required', 'no target specified'],
  ])
  expect(registry.set.isEmpty).toBe(true)
})

test('each new set is told of, when it is at work', () => {
  const sizes: number[] = []
  const registry: PolicyRegistry = new PolicyRegistry(['one'], () => sizes.push(registry.set.policies.length))
  registry.replace('one', [named('a')])
  registry.replace('one', [named('a'), named('b')])
  expect(sizes).toEqual([1, 2])
})

test('counts go on while a provider has a policy with that id, also from sets that are replaced', () => {
  const registry = new PolicyRegistry(['one'])
  registry.replace('one', [named('a')])
  const old = registry.set
  old.count(old.decide(dataPoint({ a: '' })), 2)
  registry.replace('one', [named('a', 'x'), named('b')])
  old.count(old.decide(dataPoint({ a: '' })), 3)
  registry.set.count(registry.set.decide(dataPoint({ x: '' })), 10)
  expect(registry.policies[0]?.counter).toEqual({ hits: 15, misses: 0 })

  registry.replace('one', [named('b')])
  registry.replace('one', [named('a')])
  expect(registry.policies[0]?.counter).toEqual({ hits: 0, misses: 0 })
})
