import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { ClusterError } from '../../cluster/errors.ts'
import type { PromqlTools } from '../../cluster/promql.ts'
import { factsOfExposition } from './facts.ts'

/** What a process exposes, and the labels that Prometheus gives to that. */
export interface Scraped {
  readonly exposition: string
  readonly labels: Readonly<Record<string, string>>
}

/** What came of an expression. */
export type Evaluation = 'something' | 'nothing' | `error: ${string}`

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
/** As promtool reports an expression whose result is not the expected one, or that fails. */
const REPORT = /expr: ("(?:[^"\\]|\\.)*"), time: \w+,\s+(err: .*|exp:)/g
const MINUTES = 30

/** Has Prometheus evaluate expressions over what was scraped every minute for half an hour; counters grow meanwhile. */
export async function evaluate(
  tools: PromqlTools,
  expressions: readonly string[],
  scraped: readonly Scraped[],
  file: string,
): Promise<Map<string, Evaluation>> {
  const series = scraped.flatMap(seriesOf)
  const text = stringify({
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: series,
        // Nothing is expected: promtool tells of all that give something.
        promql_expr_test: expressions.map(expr => ({ expr, eval_time: `${MINUTES}m` })),
      },
    ],
  })
  await writeFile(file, text)
  const report = await tools.promtool('test', 'rules', file).catch((error: unknown) => {
    if (error instanceof ClusterError) return error.message
    throw error
  })
  const reported = new Map(
    [...report.matchAll(REPORT)].map(([, expr = '', what = '']): [string, Evaluation] => [
      JSON.parse(expr),
      what.startsWith('err: ') ? `error: ${what.slice('err: '.length)}` : 'something',
    ]),
  )
  return new Map(expressions.map(expr => [expr, reported.get(expr) ?? 'nothing']))
}

function seriesOf({ exposition, labels }: Scraped): { series: string; values: string }[] {
  const facts = factsOfExposition(exposition)
  const added = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return exposition.split('\n').flatMap(line => {
    const [, name = '', own = '', value = ''] = SAMPLE.exec(line) ?? []
    if (name === '' || line.startsWith('#')) return []
    const grows = facts.get(name)?.type !== 'gauge'
    const all = [own, ...added].filter(part => part !== '').join(',')
    return [{ series: `${name}{${all}}`, values: `${Number(value) || 0}+${grows ? 1 : 0}x${MINUTES}` }]
  })
}
