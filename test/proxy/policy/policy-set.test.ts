import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compilePolicies, PolicySet } from '../../../proxy/policy/policy-set.ts'
import { countedSet, dataPoint, policy } from './policies.ts'

const has = (key: string, keep: boolean) => policy([{ datapoint_attribute: key, exists: true }], keep)

test('all matchers of a policy have to match', () => {
  const both = policy([
    { datapoint_attribute: 'a', exact: '1' },
    { datapoint_attribute: 'b', exact: '2' },
  ])
  const set = compilePolicies([both])
  expect(set.decide(dataPoint({ a: '1', b: '2' })).kept).toBe(false)
  expect(set.decide(dataPoint({ a: '1', b: '3' })).kept).toBe(true)
})

test('what no policy matches stays', () => {
  expect(compilePolicies([has('a', false)]).decide(dataPoint())).toMatchObject({
    kept: true,
    hits: [],
    misses: [],
  })
})

test('a kept data point is a hit of all that match it', () => {
  const set = compilePolicies([has('a', true), has('b', false), has('c', true)])
  expect(set.decide(dataPoint({ a: '', c: '' }))).toMatchObject({ kept: true, hits: [0, 2], misses: [] })
})

test('a dropped one is a hit of those that drop it, and a miss of the others', () => {
  const set = compilePolicies([has('a', true), has('b', false), has('c', false)])
  expect(set.decide(dataPoint({ a: '', b: '', c: '' }))).toMatchObject({
    kept: false,
    hits: [1, 2],
    misses: [0],
  })
})

test('policies stand in their order, whatever they look at', () => {
  const set = compilePolicies([
    has('a', true),
    policy([{ metric_field: 'name', exact: 'n' }], true),
    has('b', true),
  ])
  expect(set.decide(dataPoint({ a: '', b: '', name: 'n' })).hits).toEqual([0, 1, 2])
})

test('a policy that is not enabled has no part in anything', () => {
  const off = policy([{ datapoint_attribute: 'a', exists: true }], false, { enabled: false })
  const set = compilePolicies([off])
  expect(set.isEmpty).toBe(true)
  expect(set.decide(dataPoint({ a: '' }))).toMatchObject({ kept: true, hits: [] })
})

test('equal decisions are one object, with a number of its own', () => {
  const set = compilePolicies([has('a', true), has('b', false)])
  const first = set.decide(dataPoint({ a: '1' }))
  expect(set.decide(dataPoint({ a: '2', c: '3' }))).toBe(first)
  const second = set.decide(dataPoint({ b: '1' }))
  expect(second).not.toBe(first)
  expect([first, second].map(({ number }) => set.decisions[number ?? -1])).toEqual([first, second])
})

test('samples are counted by decision', () => {
  const { set, counters } = countedSet([has('a', true), has('b', false)])
  set.count(set.decide(dataPoint({ a: '' })), 1000)
  set.count(set.decide(dataPoint({ a: '', b: '' })), 20)
  expect(counters).toEqual([
    { hits: 1000, misses: 20 },
    { hits: 20, misses: 0 },
  ])
})

test('decisions beyond what is remembered have no number, and count as exactly', () => {
  const counter = { hits: 0, misses: 0 }
  const set = new PolicySet([has('a', false)], [counter], 0)
  const decision = set.decide(dataPoint({ a: '' }))
  expect(decision).toMatchObject({ number: undefined, kept: false, hits: [0] })
  expect(set.decide(dataPoint({ a: '' }))).not.toBe(decision)
  set.count(decision, 4)
  expect(counter.hits).toBe(4)
})

describe('policies that ask for the number or the time', () => {
  const value = (condition: object, keep = false) =>
    policy([{ datapoint_attribute: 'value', ...condition }], keep)

  test('decide about each sample', () => {
    const set = compilePolicies([value({ gt: 5 })])
    const { residual } = set.decide(dataPoint())
    expect(residual?.(6, undefined).kept).toBe(false)
    expect(residual?.(5, undefined).kept).toBe(true)
    expect(residual?.(Number.NaN, undefined).kept).toBe(true)
  })

  test('the rest of their matchers is decided by the series', () => {
    const set = compilePolicies([
      policy([
        { datapoint_attribute: 'a', exact: '1' },
        { datapoint_attribute: 'value', gt: 5 },
      ]),
    ])
    expect(set.decide(dataPoint({ a: '1' })).residual).toBeDefined()
    expect(set.decide(dataPoint({ a: '2' })).residual).toBeUndefined()
  })

  test('hits and misses are those of the final decision', () => {
    const set = compilePolicies([has('a', true), value({ gte: 0 }), value({ lt: 0 }, true)])
    const { residual } = set.decide(dataPoint({ a: '' }))
    expect(residual?.(1, undefined)).toMatchObject({
      kept: false,
      hits: [1],
      misses: [0],
      residual: undefined,
    })
    expect(residual?.(-1, undefined)).toMatchObject({ kept: true, hits: [0, 2], misses: [] })
  })

  test('a final decision is the same however it came about', () => {
    const set = compilePolicies([has('a', true), value({ gt: 5 })])
    const plain = compilePolicies([has('a', true)]).decide(dataPoint({ a: '' }))
    expect(set.decide(dataPoint({ a: '' })).residual?.(1, undefined)).toMatchObject({ hits: plain.hits })
    expect(set.decide(dataPoint({ a: '' })).residual?.(1, 5)).toBe(
      set.decide(dataPoint({ a: '' })).residual?.(2, undefined),
    )
  })

  test('a timestamp is compared in milliseconds; without one nothing matches, and negated everything', () => {
    const earlier = (negate: boolean) =>
      policy([{ datapoint_attribute: 'timestamp', lt: 1_700_000_000_000, negate }])
    const plain = compilePolicies([earlier(false)]).decide(dataPoint()).residual
    expect(plain?.(1, 1_699_999_999_999).kept).toBe(false)
    expect(plain?.(1, undefined).kept).toBe(true)
    const negated = compilePolicies([earlier(true)]).decide(dataPoint()).residual
    expect(negated?.(1, undefined).kept).toBe(false)
  })

  test('series that differ in what is left to ask differ in their decision', () => {
    const set = compilePolicies([
      policy([
        { datapoint_attribute: 'value', gt: 5 },
        { datapoint_attribute: 'timestamp', exists: true },
      ]),
    ])
    const both = set.decide(dataPoint())
    const valueAlone = set.decide(dataPoint({ timestamp: 'a label' }))
    expect(both.residual?.(6, undefined).kept).toBe(true)
    expect(valueAlone.residual?.(6, undefined).kept).toBe(false)
  })

  test('a value always exists, a timestamp is looked for', () => {
    const exists = (key: string) => compilePolicies([has(key, false)])
    expect(exists('value').decide(dataPoint())).toMatchObject({ kept: false, residual: undefined })
    const { residual } = exists('timestamp').decide(dataPoint())
    expect(residual?.(1, 5).kept).toBe(false)
    expect(residual?.(1, undefined).kept).toBe(true)
  })

  test('a label of that name is what text is compared with, and what exists', () => {
    const text = compilePolicies([value({ exact: '5' })])
    expect(text.decide(dataPoint({ value: '5' }))).toMatchObject({ kept: false, residual: undefined })
    expect(text.decide(dataPoint())).toMatchObject({ kept: true, residual: undefined })
    const time = compilePolicies([has('timestamp', false)])
    expect(time.decide(dataPoint({ timestamp: 'x' }))).toMatchObject({ kept: false, residual: undefined })
  })
})

test('deciding in two steps is deciding at once', () => {
  const matcher = fc.oneof(
    fc.record({
      metric_field: fc.constant('name'),
      exact: fc.constantFrom('n1', 'n2'),
      negate: fc.boolean(),
    }),
    fc.record({
      datapoint_attribute: fc.constantFrom('a', 'b'),
      exact: fc.constantFrom('1', '2'),
      negate: fc.boolean(),
    }),
    fc.record({
      datapoint_attribute: fc.constant('value'),
      gt: fc.integer({ min: 0, max: 3 }),
      negate: fc.boolean(),
    }),
    fc.record({ datapoint_attribute: fc.constant('timestamp'), exists: fc.boolean(), negate: fc.boolean() }),
  )
  const policies = fc.array(fc.tuple(fc.array(matcher, { minLength: 1, maxLength: 3 }), fc.boolean()), {
    maxLength: 5,
  })
  const labels = fc.record(
    { a: fc.constantFrom('1', '2'), timestamp: fc.constant('label'), name: fc.constantFrom('n1', 'n2') },
    { requiredKeys: [] },
  )
  const sample = fc.record({
    value: fc.integer({ min: 0, max: 3 }),
    timestampMs: fc.option(fc.constant(5), { nil: undefined }),
  })
  fc.assert(
    fc.property(policies, labels, sample, (written, values, { value, timestampMs }) => {
      const set = compilePolicies(written.map(([match, keep]) => policy(match, keep)))
      const first = set.decide(dataPoint(values))
      const final = first.residual?.(value, timestampMs) ?? first
      expect(final.residual).toBeUndefined()

      const all: Record<string, unknown> = { timestamp: timestampMs, ...values, value }
      const holds = (condition: (typeof written)[0][0][0]): boolean => {
        const field = all['metric_field' in condition ? 'name' : condition.datapoint_attribute]
        if ('exact' in condition) return (field === condition.exact) !== condition.negate
        if ('gt' in condition) return Number(field) > condition.gt !== condition.negate
        return ((field !== undefined) === condition.exists) !== condition.negate
      }
      const matching = written.flatMap(([match], index) => (match.every(holds) ? [index] : []))
      const droppers = matching.filter(index => written[index]?.[1] === false)
      expect(final.kept).toBe(droppers.length === 0)
      expect(final.hits).toEqual(final.kept ? matching : droppers)
      expect(final.misses).toEqual(final.kept ? [] : matching.filter(index => !droppers.includes(index)))
    }),
  )
})
