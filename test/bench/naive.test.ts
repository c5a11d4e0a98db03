import { expect, test } from '@jest/globals'
import { bodyOf } from '../../bench/body.ts'
import { NaiveScrape } from '../../bench/naive.ts'
import { linesOf, type Rule, workloadNamed } from '../../bench/workloads.ts'
import { proxyScrape } from './proxy-scrape.ts'

const workload = workloadNamed('app-2k')
const body = bodyOf(linesOf(workload, { scrape: 1, churn: false })).toString()

function naive(rules: readonly Rule[], text: string, chunk = text.length): string {
  const scrape = new NaiveScrape(rules)
  for (let at = 0; at < text.length; at += chunk) scrape.push(text.slice(at, at + chunk))
  return scrape.finish()
}

/** Labels in one order, and the bounds of histograms as the proxy normalises them. */
function normalised(series: string): string {
  const [name = '', labels = ''] = series
    .replace(/le="(\d+)"/, 'le="$1.0"')
    .replace('}', '')
    .split('{')
  return `${name}{${labels.split(',').toSorted().join(',')}}`
}

/** Series with their values, sorted. */
function samplesOf(text: string): (readonly [series: string, value: number])[] {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return lines
    .map(line => line.split(' '))
    .map(([series = '', value]) => [normalised(series), Number(value)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

test.each(Object.entries(workload.rules))('the baseline does what the proxy does: %s', (_name, rules) => {
  expect(samplesOf(naive(rules, body))).toEqual(samplesOf(proxyScrape(rules, Buffer.from(body)).main))
})

test('where the chunks end changes nothing', () => {
  expect(naive(workload.rules.agg, body, 777)).toBe(naive(workload.rules.agg, body))
})
