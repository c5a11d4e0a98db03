import { expect, test } from '@jest/globals'
import type { PolicyReading } from '../../../../proxy/policy/policy.ts'
import { InlineProvider } from '../../../../proxy/policy/providers/inline.ts'
import { written } from '../policies.ts'
import { TestLog } from './log.ts'

function start(policies: readonly unknown[]) {
  const replaced: (readonly PolicyReading[])[] = []
  const log = new TestLog()
  const provider = new InlineProvider({ policies, replace: set => replaced.push(set), now: () => 5, log })
  provider.start()
  return { provider, replaced, log }
}

test('the policies are there at once', () => {
  const { provider, replaced } = start([written([{ metric_type: 'gauge' }])])
  expect(replaced).toMatchObject([[{ kind: 'metric', policy: { id: 'p' } }]])
  expect(provider.status).toMatchObject({ id: 'inline', state: 'ok', lastSuccessMs: 5 })
})

test('what is too much as a whole is a problem, and no policy', () => {
  const large = written([{ metric_field: 'name', regex: `${'x'.repeat(13)}{1000}` }])
  const { provider, replaced, log } = start(new Array(30).fill(large))
  expect(replaced).toEqual([])
  expect(provider.status).toMatchObject({ state: 'failing', problem: { code: 'E_POLICY_SIZE' } })
  expect(log.lines).toEqual([
    'warn: policies cannot be had, it has none so far: policies: the regular expressions are too large in all',
  ])
})
