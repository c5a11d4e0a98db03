import { describe, expect, test } from '@jest/globals'
import {
  acquiredLease,
  createdLease,
  readLease,
  releasedLease,
  renewedLease,
} from '../../../operator/leader/lease.ts'
import { LEASE_SECONDS_MAX } from '../../../operator/leader/limits.ts'

const NOW = new Date('2026-01-01T00:00:00.123Z')
const claim = { identity: 'me', leaseSeconds: 12, now: NOW }
const STAMP = '2026-01-01T00:00:00.123000Z'

const metadata = {
  name: 'metricgate-operator',
  resourceVersion: '7',
  labels: { team: 'a' },
  annotations: { of: 'somebody' },
}
const spec = {
  holderIdentity: 'other',
  leaseDurationSeconds: 15,
  acquireTime: '2025-01-01T00:00:00.000000Z',
  renewTime: '2025-01-01T00:00:10.000000Z',
  leaseTransitions: 4,
  strategy: 'OldestEmulationVersion',
}
const stored = readLease({ kind: 'Lease', metadata, spec })

describe('what is written', () => {
  test('a new one: held, by the first', () => {
    expect(createdLease(claim)).toMatchObject({
      metadata: { name: 'metricgate-operator' },
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 12,
        acquireTime: STAMP,
        renewTime: STAMP,
        leaseTransitions: 0,
      },
    })
  })

  test('by who takes it: a new holder and time, one transition more', () => {
    expect(acquiredLease(stored, claim)).toMatchObject({
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 12,
        acquireTime: STAMP,
        renewTime: STAMP,
        leaseTransitions: 5,
      },
    })
  })

  test('by its holder: the time of renewal, and nothing else', () => {
    expect(renewedLease(stored, { ...claim, leaseSeconds: 15 })).toEqual({
      kind: 'Lease',
      metadata,
      spec: { ...spec, renewTime: STAMP },
    })
  })

  test('by who gives it up: nobody holds it; that is no transition', () => {
    expect(releasedLease(stored, NOW)).toMatchObject({
      spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: STAMP, leaseTransitions: 4 },
    })
  })

  test.each([acquiredLease(stored, claim), releasedLease(stored, NOW)])(
    'the version that was read, and what is not ours, stays (%#)',
    written => {
      expect(written).toMatchObject({ metadata, spec: { strategy: spec.strategy } })
    },
  )
})

describe('what is read', () => {
  test.each([
    ['no spec', {}],
    ['an empty spec', { spec: {} }],
    ['null in its fields', { spec: { holderIdentity: null, leaseDurationSeconds: null } }],
  ])('%s: nobody holds it', (_name, rest) => {
    expect(readLease({ metadata, ...rest })).toMatchObject({ holder: '', durationMs: 0, transitions: 0 })
  })

  test('a duration that nobody could wait for is not believed', () => {
    const { durationMs } = readLease({ metadata, spec: { ...spec, leaseDurationSeconds: 2 ** 31 - 1 } })
    expect(durationMs).toBe(LEASE_SECONDS_MAX * 1000)
  })
})
