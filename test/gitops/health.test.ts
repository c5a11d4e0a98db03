import { join } from 'node:path'
import { beforeAll, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { type GateState, kstatusConditions } from '../../operator/api/conditions.ts'
import { type GitOpsTools, resolveGitOpsTools } from '../cluster/gitops.ts'

jest.setTimeout(90_000)

const HEALTH_LUA = join(import.meta.dirname, '../../examples/argocd/health.lua')
const MEANING: Readonly<Record<string, string>> = {
  Current: 'Healthy',
  InProgress: 'Progressing',
  Terminating: 'Progressing',
  Failed: 'Degraded',
}

let tools: GitOpsTools

beforeAll(async () => {
  tools = await resolveGitOpsTools()
}, 600_000)

const word = fc.stringMatching(/^[A-Z][a-z]{1,8}$/)
const otherCondition = fc.record({
  type: fc.constantFrom('MonitorReady', 'AggregatorReady', 'RolledOut', 'DirectScrape'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  reason: word,
  message: fc.string(),
})

/** A gate with a status as the operator writes it, or with the one that the CRD gives it at first. */
const anyGate = fc
  .record({
    generation: fc.integer({ min: 1, max: 3 }),
    observedGeneration: fc.integer({ min: 0, max: 3 }),
    state: fc.constantFrom<GateState>('Ready', 'Reconciling', 'Stalled'),
    reason: word,
    message: fc.string({ minLength: 1 }),
    others: fc.uniqueArray(otherCondition, { selector: ({ type }) => type }),
    deleted: fc.boolean(),
    order: fc.infiniteStream(fc.nat()),
  })
  .map(({ generation, observedGeneration, state, reason, message, others, deleted, order }) => {
    const conditions = [...kstatusConditions(state, { reason, message }), ...others]
      .map(condition => ({ condition, rank: order.next().value ?? 0 }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ condition }) => condition)
    return {
      apiVersion: 'metricgate.io/v1alpha1',
      kind: 'MetricGate',
      metadata: {
        name: 'web',
        namespace: 'shop',
        generation,
        ...(deleted && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      },
      status: observedGeneration === 0 ? { observedGeneration } : { observedGeneration, conditions },
    }
  })

test('Argo CD means by its health what kstatus means by its status, whatever the operator has written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyGate, { minLength: 1, maxLength: 50 }), async gates => {
      const flux = await tools.kstatus(gates)
      const argocd = await tools.argocd(HEALTH_LUA, gates)
      expect(argocd.map(({ status }) => status)).toEqual(flux.map(({ status }) => MEANING[status]))
    }),
    { numRuns: 40 },
  )
})

test('a gate without any status, as an older CRD leaves it, is in progress for Argo CD', async () => {
  const gate = {
    apiVersion: 'metricgate.io/v1alpha1',
    kind: 'MetricGate',
    metadata: { name: 'web', namespace: 'shop', generation: 1 },
  }
  expect(await tools.argocd(HEALTH_LUA, [gate])).toMatchObject([{ status: 'Progressing' }])
})
