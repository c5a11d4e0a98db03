import { describe, expect, test } from '@jest/globals'
import { type PolicyCounter, PolicySet } from '../../../proxy/policy/policy-set.ts'
import { SeriesPolicies } from '../../../proxy/policy/series-policies.ts'
import { policy } from '../policy/policies.ts'
import { lines, type Options, programOf, run } from './gate.ts'

type Written = readonly [matchers: object[], keep: boolean]

/** How often each scrape runs in a test: once through the specification, and twice through the kernel. */
const RUNS = 3

/** Runs a scrape with policies and rules; with what the policies have counted in one run. */
function scrape(
  written: readonly Written[],
  body: string,
  rules: readonly object[] = [],
  options: Options = {},
) {
  const counters = written.map((): PolicyCounter => ({ hits: 0, misses: 0 }))
  const set = new PolicySet(
    written.map(([matchers, keep]) => policy(matchers, keep)),
    counters,
  )
  const policies = new SeriesPolicies(set, new Map())
  const program = programOf(rules, options.subsets, undefined, options.merge, policies)
  const outcome = run(program, body, options)
  const counts = counters.map(({ hits, misses }) => [hits / RUNS, misses / RUNS])
  return { ...outcome, counts }
}

const BODY = lines(
  '# HELP a First.',
  '# TYPE a gauge',
  'a{path="/"} 1',
  'a{path="/x"} 2',
  '# TYPE b_total counter',
  'b_total 3',
)
const dropA: Written = [[{ metric_field: 'name', exact: 'a' }], false]

test('what a policy drops is gone, with its metadata; the rest leaves as it came', () => {
  const { main, stats, counts } = scrape([dropA], BODY)
  expect(main).toBe(lines('# TYPE b_total counter', 'b_total 3'))
  expect(stats).toMatchObject({
    samplesIn: 3,
    policyDroppedSamples: 2,
    main: { samplesOut: 1, droppedSeries: 2 },
  })
  expect(counts).toEqual([[2, 0]])
})

test('policies come before rules: they see what the application exposes', () => {
  const rename = { source_labels: ['__name__'], regex: 'a', target_label: '__name__', replacement: 'renamed' }
  const dropRenamed: Written = [[{ metric_field: 'name', exact: 'renamed' }], false]
  expect(scrape([dropRenamed], BODY, [rename]).main).toContain('renamed{path="/"} 1')
  expect(scrape([dropA], BODY, [rename]).main).toBe(lines('# TYPE b_total counter', 'b_total 3'))
})

test('they hold for every output', () => {
  const subsets = { all: [], summed: [{ action: 'labeldrop', regex: 'path' }] }
  const byPath: Written = [[{ datapoint_attribute: 'path', exact: '/x' }], false]
  const outcome = scrape([byPath], BODY, [], { subsets })
  expect(outcome.main).not.toContain('/x')
  expect(outcome.subsets.all).toBe(outcome.main)
  expect(outcome.subsets.summed).toContain('\na 1\n')
})

test('the type of a family counts, and its texts do', () => {
  const gauges: Written = [[{ metric_type: 'gauge' }], false]
  const described: Written = [[{ metric_field: 'description', exact: 'First.' }], true]
  expect(scrape([gauges], BODY).main).toBe(lines('# TYPE b_total counter', 'b_total 3'))
  expect(scrape([gauges, described], BODY).counts).toEqual([
    [2, 0],
    [0, 2],
  ])
})

describe('policies that ask for the number or the time', () => {
  test('decide about each sample', () => {
    const above: Written = [[{ datapoint_attribute: 'value', gt: 1 }], false]
    const { main, counts } = scrape([above, [[{ metric_type: 'sum' }], true]], BODY)
    expect(main).toBe(lines('# HELP a First.', '# TYPE a gauge', 'a{path="/"} 1'))
    expect(counts).toEqual([
      [2, 0],
      [0, 1],
    ])
  })

  test('see milliseconds, whatever the format has', () => {
    const old: Written = [[{ datapoint_attribute: 'timestamp', lt: 2000 }], false]
    expect(scrape([old], lines('a 1 1999', 'b 1 2000', 'c 1')).main).toBe(lines('b 1 2000', 'c 1'))
    const body = lines('a 1 1.9', 'b 1 2', 'c 1', '# EOF')
    expect(scrape([old], body, [], { format: 'openmetrics' }).main).toBe(lines('b 1 2', 'c 1', '# EOF'))
  })
})

test('malformed lines pass, and are not counted', () => {
  const all: Written = [[{ metric_field: 'name', exists: true }], false]
  const { main, counts } = scrape([all], lines('a 1', 'b', 'c 2'))
  expect(main).toBe(lines('b'))
  expect(counts).toEqual([[2, 0]])
})
