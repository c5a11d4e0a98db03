import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { compileRelabeling } from '../../proxy/relabel/compile.ts'
import { parseRelabelConfigs, RelabelConfigError } from '../../proxy/relabel/config.ts'

/** Random rules applied to one label set, with what Prometheus 3.14 makes of it. */
interface Case {
  name: string
  configs: unknown
  labels: Record<string, string>
  keep?: boolean
  output?: Record<string, string>
  /** The text of Prometheus' own refusal. */
  error?: string
}

const cases: Case[] = readFileSync(new URL('../vectors/relabel.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line))

/** The parser of regular expressions words its refusals in its own way. */
const isRegexError = (reason: string): boolean => reason.startsWith('error parsing regexp:')

function relabel({ configs, labels }: Case): Pick<Case, 'keep' | 'output' | 'error'> {
  try {
    const program = compileRelabeling(parseRelabelConfigs(configs, 'metric_relabel_configs'))
    const remaining = new Map(Object.entries(labels))
    const keep = program.apply(remaining)
    return keep ? { keep, output: Object.fromEntries(remaining) } : { keep }
  } catch (error) {
    if (!(error instanceof RelabelConfigError)) throw error
    return { error: isRegexError(error.reason) ? 'error parsing regexp:' : error.reason }
  }
}

function expected({ keep, output, error }: Case): ReturnType<typeof relabel> {
  if (error !== undefined) return { error: isRegexError(error) ? 'error parsing regexp:' : error }
  return keep ? { keep, output: output ?? {} } : { keep: false }
}

test('there are 3,000 cases, of which more than a third are refused', () => {
  expect(cases).toHaveLength(3000)
  expect(cases.filter(({ error }) => error !== undefined).length).toBeGreaterThan(1000)
})

test('relabels and refuses as Prometheus does, in every case', () => {
  const differing = cases
    .map(testCase => ({ testCase, got: relabel(testCase), want: expected(testCase) }))
    .filter(({ got, want }) => !isSame(got, want))
  expect(differing).toEqual([])
})

function isSame(a: ReturnType<typeof relabel>, b: ReturnType<typeof relabel>): boolean {
  return a.keep === b.keep && a.error === b.error && sorted(a.output) === sorted(b.output)
}

function sorted(labels: Record<string, string> | undefined): string {
  return JSON.stringify(Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
