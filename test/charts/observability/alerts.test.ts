import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { stringify } from 'yaml'
import { type PromqlTools, resolvePromqlTools } from '../../cluster/promql.ts'
import { ALERT_CASES, type Series } from './alert-cases.ts'
import { ALERTS_FILE, type AlertRule, alertRules, minutesOf } from './rules.ts'

// promtool is built the first time.
jest.setTimeout(900_000)

const RUNBOOK = 'docs/troubleshooting.md'

let tools: PromqlTools
let directory: string

beforeAll(async () => {
  tools = await resolvePromqlTools()
  directory = await mkdtemp(join(tmpdir(), 'metricgate-alerts-'))
})

afterAll(() => rm(directory, { recursive: true }))

/** What Prometheus is to find when it has evaluated the rules over series for so many minutes. */
interface Expectation {
  readonly name: string
  readonly series: Series
  readonly minutes: number
  /** Labels of each alert that fires then. */
  readonly firing: readonly Readonly<Record<string, string>>[]
}

/** In the form of promtool's unit tests. */
function unitTest(rule: AlertRule, { name, series, minutes, firing }: Expectation): object {
  const { alert } = rule
  const samples = firing.map(labels => {
    const all = Object.entries({ alertname: alert, alertstate: 'firing', ...rule.labels, ...labels })
    return { labels: `ALERTS{${all.map(([key, value]) => `${key}="${value}"`).join(', ')}}`, value: 1 }
  })
  const expr = `ALERTS{alertname="${alert}", alertstate="firing"}`
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([of, values]) => ({ series: of, values })),
    promql_expr_test: [{ expr, eval_time: `${minutes}m`, exp_samples: samples }],
  }
}

function ruleOf(alert: string): AlertRule {
  const rule = alertRules().find(({ alert: name }) => name === alert)
  if (rule === undefined) throw new Error(`there is no alert ${alert}`)
  return rule
}

test('Prometheus accepts the rules', async () => {
  expect(
    await tools.promtool('check', 'rules', '--lint=all', '--lint-fatal', fileURLToPath(ALERTS_FILE)),
  ).toContain(`${alertRules().length} rules found`)
})

test('each alert has a case, in the order of the file', () => {
  expect(ALERT_CASES.map(({ alert }) => alert)).toEqual(alertRules().map(({ alert }) => alert))
})

test.each(ALERT_CASES)('$alert fires when it should, not sooner, and not otherwise', async of => {
  const { alert, fires, after, labels, quiet } = of
  const rule = ruleOf(alert)
  const expectations: Expectation[] = [
    { name: 'fires', series: fires, minutes: after, firing: [labels] },
    { name: 'not sooner', series: fires, minutes: minutesOf(rule.for) - 1, firing: [] },
    ...quiet.map((series, index) => ({ name: `quiet ${index}`, series, minutes: after, firing: [] })),
  ]
  const file = join(directory, `${alert}.yaml`)
  const text = stringify({
    rule_files: [fileURLToPath(ALERTS_FILE)],
    evaluation_interval: '1m',
    tests: expectations.map(expectation => unitTest(rule, expectation)),
  })
  await writeFile(file, text)
  // It fails, and says which, when one is not as expected.
  expect(await tools.promtool('test', 'rules', file)).toContain('SUCCESS')
})

describe.each(alertRules())('what $alert tells', ({ alert, annotations }) => {
  test('is a sentence for the list, and more for who looks', () => {
    expect(annotations.summary).toMatch(/^[A-Z][^{}]{10,90}\.$/)
    expect(annotations.description).toMatch(/^[A-Z{].{40,}\.$/s)
  })

  test('leads to a section of the troubleshooting guide', async () => {
    const [file, anchor] = annotations.runbook_url.split('#')
    expect(file).toBe(RUNBOOK)
    const text = await readFile(new URL('../../../docs/troubleshooting.md', import.meta.url), 'utf8')
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase())
    expect(anchor).toBe(alert.toLowerCase())
    expect(headings).toContain(anchor)
  })
})

test('docs/monitoring.md lists every alert as it is', async () => {
  const text = await readFile(new URL('../../../docs/monitoring.md', import.meta.url), 'utf8')
  const listed = text.split('\n').filter(line => line.startsWith('| [MetricGate'))
  expect(listed).toEqual(
    alertRules().map(
      ({ alert, for: after, labels, annotations: { summary } }) =>
        `| [${alert}](${RUNBOOK.replace('docs/', '')}#${alert.toLowerCase()}) | ${labels.severity} | ${after} | ${summary} |`,
    ),
  )
})
