import { describe, expect, test } from '@jest/globals'
import { bodyOf, countLines, shuffleSamples } from '../../bench/body.ts'
import { type Random, randomFrom } from '../../bench/random.ts'
import { applicationLines } from '../../bench/workloads/application.ts'
import { ingressLines } from '../../bench/workloads/ingress.ts'
import { kubeStateLines } from '../../bench/workloads/kube-state.ts'
import { linesOf, type Moment, WORKLOADS, workloadNamed } from '../../bench/workloads.ts'
import { proxyScrape } from './proxy-scrape.ts'

const FIRST: Moment = { scrape: 0, churn: false }
const SECOND: Moment = { scrape: 1, churn: false }
const CHURNED: Moment = { scrape: 2, churn: true }

const isSample = (line: string): boolean => line !== '' && !line.startsWith('#')
const seriesOf = (line: string): string => line.slice(0, line.lastIndexOf(' '))

describe.each([
  { name: 'application', lines: (random: Random, moment: Moment) => applicationLines(100, random, moment) },
  { name: 'ingress', lines: (random: Random, moment: Moment) => ingressLines(10, random, moment) },
  { name: 'kube-state', lines: (random: Random, moment: Moment) => kubeStateLines(100, random, moment) },
])('$name', ({ lines }) => {
  const body = (moment: Moment, seed = 1): Buffer => bodyOf(lines(randomFrom(seed), moment))
  const samples = (moment: Moment): string[] => body(moment).toString().split('\n').filter(isSample)
  const series = (moment: Moment): string[] => samples(moment).map(seriesOf)

  test('the same seed gives the same bytes', () => {
    expect(body(CHURNED).equals(body(CHURNED))).toBe(true)
  })

  test('another seed gives other values of the same series', () => {
    expect(body(FIRST, 2).equals(body(FIRST))).toBe(false)
    expect(body(FIRST, 2).toString().split('\n').map(seriesOf)).toEqual(
      body(FIRST).toString().split('\n').map(seriesOf),
    )
  })

  test('the second scrape has the same series in the same order, with moved values', () => {
    expect(series(SECOND)).toEqual(series(FIRST))
    expect(samples(SECOND)).not.toEqual(samples(FIRST))
  })

  test('churn replaces about 1 % of the series, where they stood', () => {
    const before = series(FIRST)
    const after = series(CHURNED)
    expect(after).toHaveLength(before.length)
    const known = new Set(before)
    const fresh = after.filter(one => !known.has(one)).length
    expect(fresh / before.length).toBeCloseTo(0.01, 3)
    expect(before.filter((one, index) => after[index] !== one)).toHaveLength(fresh)
  })

  test('the proxy reads every line, and each series is there once', () => {
    const rules = [{ action: 'labeldrop', regex: 'no_such_label' }]
    const { stats } = proxyScrape(rules, body(FIRST))
    expect(stats).toMatchObject({ malformedLines: 0, duplicateSamples: 0, samplesIn: samples(FIRST).length })
  })

  test('another order has the same lines, each below the metadata of its family', () => {
    const rules = [{ action: 'labeldrop', regex: 'no_such_label' }]
    const mixed = shuffleSamples(body(FIRST), randomFrom(3))
    expect(mixed.toString().split('\n').toSorted()).toEqual(body(FIRST).toString().split('\n').toSorted())
    expect(mixed.equals(body(FIRST))).toBe(false)
    const metadataOf = (text: string): string[] => text.split('\n').filter(line => line.startsWith('#'))
    expect(metadataOf(proxyScrape(rules, mixed).main)).toEqual(metadataOf(body(FIRST).toString()))
  })
})

test.each([
  ['app-2k', 2000],
  ['ingress-130k', 130_000],
  ['kube-state-200k', 200_000],
])('%s has as many lines as its name says', (name, lines) => {
  const count = countLines(bodyOf(linesOf(workloadNamed(name), FIRST)))
  expect(Math.abs(count / lines - 1)).toBeLessThan(0.02)
})

test.each(['app-2k', 'ingress-130k', 'kube-state-200k'])('the filter of %s keeps about a tenth', name => {
  const workload = workloadNamed(name)
  const kept = workload.rules.filter.map(rule => new RegExp(`^(?:${rule.regex})[ {]`))
  const samples = bodyOf(linesOf(workload, FIRST)).toString().split('\n').filter(isSample)
  const left = samples.filter(line => kept.every(pattern => pattern.test(line)))
  expect(left.length / samples.length).toBeCloseTo(0.1, 2)
})

test.each([1, 10])('an ingress controller has 1,290 lines for each of %i ingresses', ingresses => {
  const count = countLines(bodyOf(ingressLines(ingresses, randomFrom(1), FIRST)))
  expect(count).toBe(1290 * ingresses + 14)
})

test('a workload goes by its own name', () => {
  for (const [name, workload] of WORKLOADS) expect(workload.name).toBe(name)
})
