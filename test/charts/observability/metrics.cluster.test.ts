import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { collectDefaultMetrics } from 'prom-client'
import { parseAllDocuments } from 'yaml'
import { type PromqlTools, resolvePromqlTools } from '../../cluster/promql.ts'
import {
  condition,
  gateObject,
  podObject,
  refs,
  TestCluster,
} from '../../operator/controller/support/cluster.ts'
import { eventually } from '../../operator/controller/support/eventually.ts'
import { inventions, possibleLabels } from './check.ts'
import { dashboardFiles, withoutMacros } from './dashboards.ts'
import { documentedMetrics } from './documented.ts'
import { evaluate, type Scraped } from './evaluate.ts'
import { factsOfExposition, type MetricFacts, merged, withRegistered } from './facts.ts'
import { alertRules } from './rules.ts'
import { aggregatorFacts, sidecarFacts } from './running.ts'

// promtool is built the first time.
jest.setTimeout(900_000)

let tools: PromqlTools
let operator: ReadonlyMap<string, MetricFacts>
let proxies: ReadonlyMap<string, MetricFacts>
let all: ReadonlyMap<string, MetricFacts>
let scraped: Scraped[]
/** What does not happen here; that the metrics are there another test sees. */
const RARE: readonly string[] = [
  'MetricGate / Operator, Writes, delete {{kind}}: nothing',
  'MetricGate / Operator, Watches begun again, {{kind}} {{reason}}: nothing',
  'MetricGate / Operator, Objects that could not be handled, {{kind}}: nothing',
  'MetricGate / Proxies, Limits met, output cut {{gate}}: nothing',
]
/** It is called so because counters are what it is about, which promtool takes for a type. */
const ABOUT_COUNTERS = 'metricgate_proxy_counter_resets_total'

/** What an operator says of itself when it has done a bit of everything. */
async function operatorFacts(): Promise<{ about: string; facts: ReadonlyMap<string, MetricFacts> }> {
  const cluster = await TestCluster.start()
  try {
    await using running = await cluster.operator()
    // As main.ts does.
    collectDefaultMetrics({ register: running.registry })
    const namespace = await cluster.namespace()
    const spec = { mode: 'DNS', selector: { matchLabels: { app: 'web' } } }
    await cluster.admin.apply(gateObject(namespace, 'web'))
    await cluster.admin.apply(gateObject(namespace, 'dns', spec))
    await eventually(async () => {
      const gate = await cluster.admin.get(refs.gate(namespace, 'dns'))
      expect(gate && condition(gate, 'AggregatorReady')).toMatch(/^False/)
      await cluster.admin.apply(podObject(namespace, 'web', { 'metricgate.io/inject': 'web' }))
      expect(await running.metric('metricgate_operator_pods', { state: 'injected' })).toBe(1)
    })
    const about = await (await fetch(`http://127.0.0.1:${running.metricsPort}/metrics`)).text()
    return { about, facts: withRegistered(factsOfExposition(about), running.registry) }
  } finally {
    await cluster.stop()
  }
}

beforeAll(async () => {
  tools = await resolvePromqlTools()
  const [own, sidecar, aggregator] = [await operatorFacts(), await sidecarFacts(), await aggregatorFacts()]
  operator = own.facts
  proxies = merged(sidecar.facts, aggregator.facts)
  all = merged(operator, proxies)
  scraped = [
    // Two of each that can be several: what is of one pod must not meet what is of another.
    ...['operator-1', 'operator-2'].map(pod => ofPod(own.about, pod, 'system', 'operator')),
    ...['web-1', 'web-2'].map(pod => ofPod(sidecar.about, pod, 'shop', 'metricgate-sidecars', 'web')),
    ofPod(aggregator.about, 'mg-aggregator', 'shop', 'metricgate-aggregators', 'sum'),
    ofPod(ofTargets(aggregator.output), 'mg-aggregator', 'shop', 'sum'),
    ofPod(OF_PROMETHEUS, 'web-1', 'shop', 'web'),
  ]
})

const OF_PROMETHEUS =
  '# TYPE up gauge\nup 0\n# TYPE scrape_samples_scraped gauge\nscrape_samples_scraped 10\n'

function ofPod(exposition: string, pod: string, namespace: string, job: string, gate?: string): Scraped {
  const instance = `${pod}:9464`
  const labels = {
    namespace,
    pod,
    job,
    instance,
    endpoint: 'metricgate',
    ...(gate !== undefined && { gate }),
  }
  return { exposition, labels }
}

function ofTargets(output: string): string {
  return output.slice(output.indexOf('# HELP metricgate_target'))
}

const queries = [
  ...alertRules().map(({ alert, expr }) => ({ where: `alert ${alert}`, expr })),
  ...dashboardFiles().flatMap(({ dashboard }) =>
    dashboard.panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: `${dashboard.title}, ${title}, ${legendFormat}`,
        expr: withoutMacros(expr),
      })),
    ),
  ),
]

test('every query asks for what there is', async () => {
  const expressions = await tools.read(queries.map(({ expr }) => expr))
  expect(queries.length).toBeGreaterThan(100)
  const invented = expressions.flatMap((expression, index) =>
    inventions(expression, all).map(what => `${queries[index]?.where}: ${what}`),
  )
  expect(invented).toEqual([])
})

test('every query of a dashboard gives something, however many pods there are', async () => {
  const ofDashboards = queries.filter(({ where }) => !where.startsWith('alert '))
  const asked = ofDashboards.map(({ expr }) => expr.replaceAll(/"\$[a-z]+"/g, '".+"'))
  const directory = await mkdtemp(join(tmpdir(), 'metricgate-queries-'))
  const found = await evaluate(tools, asked, scraped, join(directory, 'queries.yaml'))
  await rm(directory, { recursive: true })
  const without = ofDashboards.flatMap(({ where }, index) => {
    const of = found.get(asked[index] ?? '')
    return of === 'something' ? [] : [`${where}: ${of}`]
  })
  expect(without.filter(what => !RARE.includes(what))).toEqual([])
})

test('every legend and every text of an alert names labels that there can be', async () => {
  const texts = [
    ...alertRules().map(({ alert, expr, annotations: { description } }) => ({
      where: `alert ${alert}`,
      expr,
      labels: [...description.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
    })),
    ...dashboardFiles().flatMap(({ dashboard }) =>
      dashboard.panels.flatMap(({ title, targets }) =>
        targets.map(({ expr, legendFormat }) => ({
          where: `${dashboard.title}, ${title}`,
          expr: withoutMacros(expr),
          labels: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label),
        })),
      ),
    ),
  ]
  const expressions = await tools.read(texts.map(({ expr }) => expr))
  const wrong = texts.flatMap(({ where, labels }, index) => {
    const expression = expressions[index]
    const possible = expression && possibleLabels(expression, all)
    return labels.filter(label => possible?.has(label) !== true).map(label => `${where}: ${label}`)
  })
  expect(wrong).toEqual([])
})

test('every variable of a dashboard asks for labels that there are', async () => {
  const asked = dashboardFiles().flatMap(({ dashboard }) =>
    dashboard.templating.list.flatMap(({ type, query }) => {
      const text = typeof query === 'string' ? query : query.query
      const [, expr = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? []
      return type === 'query' ? [{ expr, label }] : []
    }),
  )
  const expressions = await tools.read(asked.map(({ expr }) => expr))
  expect(expressions.flatMap(expression => inventions(expression, all))).toEqual([])
  asked.forEach(({ label }, index) => {
    expect([...possibleLabels(expressions[index] ?? { selectors: [], labels: [] }, all)]).toContain(label)
  })
})

test('the monitor of the examples gives the label gate, by which proxies are told apart', () => {
  const text = readFileSync(new URL('../../../examples/monitoring/proxies.yaml', import.meta.url), 'utf8')
  const monitors = parseAllDocuments(text).map(document => document.toJS())
  expect(monitors).toHaveLength(2)
  for (const { spec } of monitors) {
    const [endpoint] = spec.podMetricsEndpoints
    expect(endpoint).toMatchObject({ port: 'metricgate', path: '/_metrics' })
    expect(endpoint.relabelings.map(({ targetLabel }: { targetLabel: string }) => targetLabel)).toEqual([
      'job',
      'gate',
    ])
  }
})

test('promtool finds nothing unusual in names, units and help texts', async () => {
  for (const { exposition } of scraped) {
    const ours = exposition
      .split('\n')
      .filter(line => /^(# (HELP|TYPE) )?metricgate_/.test(line) && !line.includes(ABOUT_COUNTERS))
    expect(await tools.lint(`${ours.join('\n')}\n`)).toBe('')
  }
})

describe('docs/monitoring.md', () => {
  test.each([
    { section: 'Metrics of the operator', facts: () => operator },
    { section: 'Metrics of the proxies', facts: () => proxies },
  ])('$section: every metric, with its type and labels, and no other', ({ section, facts }) => {
    const there = [...facts().values()]
      .filter(({ name }) => name.startsWith('metricgate_'))
      .map(({ name, type, labels }) => {
        const shown = [...labels].filter(label => label !== 'le').sort()
        return `${name}{${shown.join(', ')}} ${type}`
      })
    expect(documentedMetrics(section)).toEqual(there.sort())
  })
})
