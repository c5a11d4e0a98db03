import { expect, test } from '@jest/globals'
import { measureFleet } from '../../bench/aggregate.ts'
import { countLines } from '../../bench/body.ts'
import { expositionsOf, FLEET_RULES, FLEETS, type Fleet, fleetNamed } from '../../bench/fleets.ts'

const SMALL: Fleet = { name: 'small', description: 'small', targets: 3, ingresses: 1, hasOwnSeries: false }
/** Six histograms of thirteen buckets, sum and count, and a counter by method and status. */
const SERIES = 10 * (6 * 15 + 39)
const METADATA_LINES = 2 * 7

test.each([...FLEETS.values()])('$name has the series that its description says', fleet => {
  const [first = Buffer.alloc(0)] = expositionsOf(fleet, 0)
  const series = countLines(first) - METADATA_LINES
  expect(fleet.description).toContain(`${fleet.targets} × ${series.toLocaleString('en-US')} series`)
  expect(fleetNamed(fleet.name)).toBe(fleet)
})

test('the targets of a fleet have the same series, or each its own', () => {
  const bodies = (hasOwnSeries: boolean) => [...expositionsOf({ ...SMALL, hasOwnSeries }, 0)].map(String)
  expect(new Set(bodies(false)).size).toBe(1)
  expect(new Set(bodies(true)).size).toBe(3)
  expect(bodies(true).map(body => body.replaceAll(/controller_pod="[^"]*"/g, ''))).toEqual(
    bodies(false).map(body => body.replaceAll(/controller_pod="[^"]*"/g, '')),
  )
})

test.each([true, false])('a measurement counts pairs of a target and a series (own: %s)', hasOwnSeries => {
  const result = measureFleet({ ...SMALL, hasOwnSeries }, 1, FLEET_RULES)
  expect(result).toMatchObject({ name: 'small', targets: 3, pairs: 3 * SERIES })
  expect(result.outputBytes).toBeGreaterThan(10_000)
  expect(result.heldBytes).toBeGreaterThanOrEqual(8 * 3 * SERIES)
})
