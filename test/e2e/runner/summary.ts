import { stripVTControlCharacters } from 'node:util'
import type { RunResults, StepResult } from './results.ts'

const NOT_TRIED = 'not tried'
const MESSAGE_LINES = 30

/** A story or another `describe`, with what became of its steps. */
interface Told {
  readonly title: string
  readonly steps: readonly StepResult[]
}

/**
 * Writes a page on a run, in Markdown: a line for each story, and for each one that failed what was expected, and what was seen.
 * @param evidence where what a failing story left behind is
 */
export function summarize(runs: readonly RunResults[], evidence: string): string {
  const files = runs.flatMap(({ testResults }) => testResults)
  const stories = files.flatMap(({ assertionResults }) => storiesOf(assertionResults))
  const broken = files.filter(({ assertionResults }) => assertionResults.length === 0)
  const failed = stories.filter(({ steps }) => steps.some(hasFailed))
  const lines = [
    '# End-to-end tests',
    '',
    `${stories.length - failed.length} of ${stories.length} hold.`,
    '',
    ...['| | seconds | steps | |', '|---|---|---|---|', ...stories.map(row)],
    ...broken.flatMap(({ name, message }) => ['', `## ${name} could not be run`, '', ...quote(message)]),
    ...failed.flatMap(section),
    ...(failed.length > 0 ? ['', `Logs, events and objects as they were then: ${evidence}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function storiesOf(results: readonly StepResult[]): Told[] {
  const byTitle = Map.groupBy(results, ({ ancestorTitles, title }) => ancestorTitles.join(' ') || title)
  return Array.from(byTitle, ([title, steps]) => ({ title, steps }))
}

function row({ title, steps }: Told): string {
  const ran = steps.filter(({ status }) => status === 'passed' || status === 'failed')
  const seconds = steps.reduce((sum, { duration }) => sum + (duration ?? 0), 0) / 1000
  const passed = steps.filter(({ status }) => status === 'passed').length
  const verdict = ran.length === 0 ? 'skipped' : passed === ran.length ? 'holds' : '**fails**'
  return `| ${title} | ${seconds.toFixed(0)} | ${passed}/${steps.length} | ${verdict} |`
}

function section({ title, steps }: Told): string[] {
  const failures = steps.filter(step => hasFailed(step) && !messageOf(step).startsWith(NOT_TRIED))
  const details = failures.flatMap(step => [
    '',
    `It is told that: ${step.title}`,
    '',
    ...quote(messageOf(step)),
  ])
  return ['', `## ${title}`, ...details]
}

function hasFailed({ status }: StepResult): boolean {
  return status === 'failed'
}

/** The message without the stack below it. */
function messageOf({ failureMessages }: StepResult): string {
  const [message = ''] = stripVTControlCharacters(failureMessages.join('\n')).split(/\n\s+at /)
  return message.replace(/^Error: /, '')
}

function quote(text: string): string[] {
  const lines = stripVTControlCharacters(text).trim().split('\n')
  const more = lines.length > MESSAGE_LINES ? [`    … ${lines.length - MESSAGE_LINES} more lines`] : []
  return [...lines.slice(0, MESSAGE_LINES).map(line => `    ${line}`), ...more]
}
