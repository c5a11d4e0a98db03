import { describe, expect, test } from '@jest/globals'
import type { PodsResult } from '../../../bench/operator/pods.ts'
import { formatAdmissions, formatGates, formatPods, formatSteady } from '../../../bench/operator/report.ts'

const GATES = {
  gates: 1000,
  seconds: 12.3,
  createSeconds: 4,
  requestsPerGate: { PATCH: 4 },
  reconcilesPerGate: 2,
  cpuMsPerGate: 5,
}

describe('an aim stands beside its number', () => {
  test('reached', () => {
    expect(formatGates(GATES)).toMatch(/until all are Ready, s +12\.3 +aim ≤ 20 +reached/)
  })

  test('missed', () => {
    expect(formatGates({ ...GATES, seconds: 20.1 })).toMatch(/20\.1 +aim ≤ 20 +MISSED/)
  })

  test.each([
    { added: { p50Ms: 1, p99Ms: 90, medianP99Ms: 9.9 }, verdict: 'reached' },
    { added: { p50Ms: 1, p99Ms: 2, medianP99Ms: 10.1 }, verdict: 'MISSED' },
  ])('admissions: $added.medianP99Ms ms are $verdict', ({ added, verdict }) => {
    expect(formatAdmissions({ perSecond: 100, arms: [], added })).toContain(verdict)
  })

  test.each([
    { quietWrites: { 'PUT leases': 7 }, verdict: 'reached' },
    { quietWrites: { 'PUT leases': 7, 'PATCH services': 1 }, verdict: 'MISSED' },
  ])('steady state: $quietWrites is $verdict', ({ quietWrites, verdict }) => {
    const result = { quietSeconds: 30, quietRequests: {}, quietWrites, reconciles: 1000 }
    expect(formatSteady({ ...result, requestsPerReconcile: 0, cpuMsPerReconcile: 1 })).toContain(verdict)
  })

  test('pods: the peak of the whole part counts', () => {
    const memory = { peakBytes: 150 * 2 ** 20, residentBytes: 1, anonymousBytes: 1, heapUsedBytes: 1 }
    const churn = { perSecond: 50, cpuPercent: 1, cpuMsPerPod: 1, requestsPerPod: 1, reconcilesPerPod: 1 }
    const result: PodsResult = {
      pods: 10_000,
      injected: 10_000,
      createdPerSecond: 200,
      memoryBefore: memory,
      memory,
      churn: { ...churn, memory: { ...memory, peakBytes: 201 * 2 ** 20 } },
      idleCpuPercent: 0.1,
    }
    expect(formatPods(result)).toMatch(/peak, MiB +201 +aim ≤ 200 +MISSED/)
  })
})
