import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { relabelConfigSchema } from '../../../operator/api/relabel-config.ts'
import { relabelConfigSchema as proxySchema } from '../../../proxy/relabel/config.ts'
import { anyRule } from './any-rule.ts'

test('a MetricGate accepts exactly the rules that the proxy, and so Prometheus, accepts', () => {
  fc.assert(
    fc.property(anyRule, rule => {
      expect(relabelConfigSchema.safeParse(rule).success).toBe(proxySchema.safeParse(rule).success)
    }),
    { numRuns: 5000 },
  )
})

test('what the user left out stays out, but for the action', () => {
  expect(relabelConfigSchema.parse({ targetLabel: 'a' })).toEqual({ action: 'replace', targetLabel: 'a' })
})
