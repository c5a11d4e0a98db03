import { join } from 'node:path'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Verdict } from '../cluster/gitops.ts'
import { resolveGitOpsTools } from '../cluster/gitops.ts'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { TestCluster } from '../operator/controller/support/cluster.ts'
import { type Life, live, MOMENTS, type Moment } from './support/life.ts'

/*
 * What GitOps tools show of a gate, by their own code, from its creation to its deletion on a real API server.
 */

jest.setTimeout(90_000)

const HEALTH_LUA = join(import.meta.dirname, '../../examples/argocd/health.lua')

let life: Life
let flux: Verdict[]
let argocd: Verdict[]

beforeAll(async () => {
  const tools = await resolveGitOpsTools()
  const cluster = await TestCluster.start({ gates: 'unchecked' })
  try {
    life = await live(cluster)
  } finally {
    await cluster.stop()
  }
  const gates = MOMENTS.map(moment => life[moment])
  flux = await tools.kstatus(gates)
  argocd = await tools.argocd(HEALTH_LUA, gates)
}, 900_000)

const inProgress = { kstatus: 'InProgress', argocd: 'Progressing' }
const current = { kstatus: 'Current', argocd: 'Healthy' }
const failed = { kstatus: 'Failed', argocd: 'Degraded' }

const expected: Record<Moment, { kstatus: string; argocd: string }> = {
  'made before there is an operator': inProgress,
  'its aggregator starts': inProgress,
  'its aggregator does not start in time': failed,
  'its aggregator runs after all': current,
  'changed while the operator is away': inProgress,
  'the operator has followed': current,
  'the API server fails to take its configuration': inProgress,
  'the API server takes it again': current,
  'changed to something invalid': failed,
  mended: current,
  'being deleted': { kstatus: 'Terminating', argocd: 'Progressing' },
}

describe.each(MOMENTS.map((moment, index) => ({ moment, index })))('a gate: $moment', ({ moment, index }) => {
  test(`kstatus, and so Flux, says ${expected[moment].kstatus}`, () => {
    expect(flux[index]).toMatchObject({
      status: expected[moment].kstatus,
      message: expect.stringMatching(/./),
    })
  })

  test(`Argo CD, with our health check, says ${expected[moment].argocd}`, () => {
    expect(argocd[index]).toMatchObject({
      status: expected[moment].argocd,
      message: expect.stringMatching(/./),
    })
  })
})

test.each(['its aggregator does not start in time', 'changed to something invalid'] as const)(
  'why it failed is said by both: %s',
  moment => {
    const index = MOMENTS.indexOf(moment)
    const { message } = stalled(life[moment])
    expect([flux[index]?.message, argocd[index]?.message]).toEqual([message, message])
  },
)

function stalled({ status }: AnyObject): { message: string } {
  return status.conditions.find(({ type }: { type: string }) => type === 'Stalled')
}
