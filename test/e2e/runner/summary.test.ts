import { expect, test } from '@jest/globals'
import type { RunResults, StepResult } from './results.ts'
import { summarize } from './summary.ts'

test('a line for each story, and for one that fails what it expected and saw', () => {
  const run = results('stories.e2e.ts', [
    step('A sidecar', 'runs', 'passed'),
    step('A sidecar', 'is scraped', 'failed', [
      'Error: expected within 60 s: up is 1\nsaw: []\n    at soon (soon.ts:1:1)',
    ]),
    step('A sidecar', 'reloads', 'failed', ['Error: not tried, because this failed: is scraped']),
    step('An upgrade', 'loses nothing', 'passed'),
    step('A node', 'starts', 'pending'),
  ])
  expect(summarize([run], '/evidence')).toBe(`# End-to-end tests

2 of 3 hold.

| | seconds | steps | |
|---|---|---|---|
| A sidecar | 4 | 1/3 | **fails** |
| An upgrade | 2 | 1/1 | holds |
| A node | 0 | 0/1 | skipped |

## A sidecar

It is told that: is scraped

    expected within 60 s: up is 1
    saw: []

Logs, events and objects as they were then: /evidence
`)
})

test('a file that cannot be run is told with its reason', () => {
  const run = {
    success: false,
    testResults: [{ name: 'dns.e2e.ts', message: 'no such module', assertionResults: [] }],
  }
  expect(summarize([run], '/evidence')).toContain('## dns.e2e.ts could not be run\n\n    no such module\n')
})

function results(name: string, assertionResults: StepResult[]): RunResults {
  return { success: false, testResults: [{ name, message: '', assertionResults }] }
}

function step(story: string, title: string, status: string, failureMessages: string[] = []): StepResult {
  const duration =
    failureMessages.some(message => message.includes('not tried')) || status === 'pending' ? null : 2_000
  return { ancestorTitles: [story], title, status, duration, failureMessages }
}
