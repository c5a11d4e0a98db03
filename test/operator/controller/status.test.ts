import { describe, expect, test } from '@jest/globals'
import type { ConditionState } from '../../../operator/api/conditions.ts'
import type { MetricGateStatus } from '../../../operator/api/metricgate.ts'
import type { AggregatorState } from '../../../operator/controller/aggregator-state.ts'
import { AppliedVersions } from '../../../operator/controller/applied.ts'
import { planGate } from '../../../operator/controller/plan.ts'
import { describeStatus, type Failure } from '../../../operator/controller/status.ts'
import { ApiError } from '../../../operator/kubernetes/api-error.ts'
import { watchedGate } from './support/watched.ts'

const ALL = { serviceMonitors: true, podMonitors: true }
const SURROUNDINGS = { facts: ALL, options: { proxyImage: 'metricgate/proxy:1' }, sidecarsRemain: false }
const T1 = new Date('2026-01-01T00:00:00Z')
const T2 = new Date('2026-01-02T00:00:00Z')

function apiError(status: number, reason: string): ApiError {
  return new ApiError('E_API_STATUS', `PATCH /x: ${status} ${reason}`, {
    response: { status, reason, causes: [] },
  })
}

/** The status of a gate of this spec, after what happened. */
function statusOf(
  spec: Record<string, unknown>,
  {
    previous = {},
    facts = ALL,
    failures = [],
    aggregator,
    targets = { resolved: 3, ready: 2 },
    rollout,
    directScrape,
    now = T1,
    generation = 1,
  }: {
    previous?: MetricGateStatus
    facts?: typeof ALL
    failures?: Failure[]
    aggregator?: AggregatorState
    targets?: MetricGateStatus['targets']
    rollout?: ConditionState
    directScrape?: ConditionState
    now?: Date
    generation?: number
  } = {},
): MetricGateStatus {
  const plan = planGate(watchedGate(spec), { ...SURROUNDINGS, facts }, new Map(), new AppliedVersions())
  const found = plan.kind === 'wanted' && failures.length === 0
  const pods = { matched: 2, injected: 1, missed: 1, outdated: 0 }
  const findings = {
    generation,
    plan,
    facts,
    failures,
    pods: found ? pods : undefined,
    targets: aggregator && targets,
    aggregator,
    rollout,
    directScrape,
    configHash: found ? 'hash' : undefined,
  }
  return describeStatus(previous, findings, now)
}

/** The conditions in short: "Ready=True Reconciled". */
function conditions(status: MetricGateStatus): string[] {
  return (status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`)
}

function messageOf(status: MetricGateStatus, type: string): string {
  return status.conditions?.find(condition => condition.type === type)?.message ?? ''
}

const applyConfigMap = { kind: 'ConfigMap', attempted: 'apply ConfigMap metricgate-shop' }

describe('conditions, as kstatus reads them', () => {
  test('all is in place', () => {
    expect(conditions(statusOf({}))).toEqual([
      'MonitorReady=True Applied',
      'Ready=True Reconciled',
      'Reconciling=False Reconciled',
      'Stalled=False Reconciled',
    ])
  })

  test('the gate is invalid: the message names the field', () => {
    const status = statusOf({ metricRelabelings: [{ action: 'keep', sourceLabels: ['a'], regex: '(' }] })
    expect(conditions(status)).toEqual([
      'Ready=False Invalid',
      'Reconciling=False Invalid',
      'Stalled=True Invalid',
    ])
    expect(messageOf(status, 'Stalled')).toMatch(/^spec\.metricRelabelings\[0\]\.regex: /)
  })

  test.each([
    { status: 403, reason: 'Forbidden', shown: 'Forbidden' },
    { status: 422, reason: 'Invalid', shown: 'Refused' },
    { status: 400, reason: 'BadRequest', shown: 'Refused' },
  ])('the API server refuses ($status): somebody has to do something', ({ status, reason, shown }) => {
    const found = statusOf({}, { failures: [{ ...applyConfigMap, error: apiError(status, reason) }] })
    expect(conditions(found)).toContain(`Stalled=True ${shown}`)
    expect(conditions(found)).toContain(`Ready=False ${shown}`)
    expect(messageOf(found, 'Ready')).toBe(`apply ConfigMap metricgate-shop: PATCH /x: ${status} ${reason}`)
  })

  test.each([
    { of: 'the server is overloaded', error: apiError(429, 'TooManyRequests') },
    { of: 'the server fails', error: apiError(500, 'InternalError') },
    { of: 'there is no answer', error: new ApiError('E_API_UNREACHABLE', 'PATCH /x: connection refused') },
  ])('$of: it is tried again', ({ error }) => {
    const found = statusOf({}, { failures: [{ ...applyConfigMap, error }] })
    expect(conditions(found)).toContain('Reconciling=True Retrying')
    expect(conditions(found)).toContain('Stalled=False Retrying')
  })

  test('of several failures all are told, and one refusal is enough to be stalled', () => {
    const failures = [
      { ...applyConfigMap, error: apiError(500, 'InternalError') },
      { kind: 'Service', attempted: 'apply Service metricgate-shop', error: apiError(403, 'Forbidden') },
    ]
    const found = statusOf({}, { failures })
    expect(conditions(found)).toContain('Stalled=True Forbidden')
    expect(messageOf(found, 'Stalled').split('; ')).toHaveLength(2)
  })

  test('a message has a bound', () => {
    const error = new Error('x'.repeat(100_000))
    expect(
      messageOf(statusOf({}, { failures: [{ ...applyConfigMap, error }] }), 'Ready').length,
    ).toBeLessThan(5000)
  })
})

describe('the monitor', () => {
  test('its kind is missing: pods are filtered all the same, so the gate is ready, and says what is missing', () => {
    const status = statusOf({}, { facts: { ...ALL, serviceMonitors: false } })
    expect(conditions(status)).toContain('MonitorReady=False CrdMissing')
    expect(conditions(status)).toContain('Ready=True Reconciled')
    expect(messageOf(status, 'Ready')).toBe(
      'ConfigMap, Service are in place; no ServiceMonitor: see MonitorReady',
    )
    expect(messageOf(status, 'MonitorReady')).toContain('spec.monitor.enabled: false')
  })

  test('the gate wants none: there is nothing to say', () => {
    const previous = statusOf({})
    const status = statusOf({ monitor: { enabled: false } }, { previous })
    expect(conditions(status).join()).not.toContain('MonitorReady')
  })

  test('it is refused', () => {
    const failure = {
      kind: 'ServiceMonitor',
      attempted: 'apply ServiceMonitor x',
      error: apiError(403, 'Forbidden'),
    }
    expect(conditions(statusOf({}, { failures: [failure] }))).toContain('MonitorReady=False Forbidden')
  })
})

describe('what stays', () => {
  test('the time of a condition, as long as its status does', () => {
    const first = statusOf({})
    const second = statusOf({}, { previous: first, now: T2, generation: 2 })
    expect(second.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(
      first.conditions?.map(() => '2026-01-01T00:00:00Z'),
    )
    expect(second.observedGeneration).toBe(2)
  })

  test('the time of a condition moves with its status', () => {
    const failures = [{ ...applyConfigMap, error: new Error('no') }]
    const status = statusOf({}, { previous: statusOf({}), failures, now: T2 })
    expect(status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(
      '2026-01-02T00:00:00Z',
    )
  })

  test('numbers of pods and the hash, when they are not known', () => {
    const failures = [{ ...applyConfigMap, error: new Error('no') }]
    const status = statusOf({}, { previous: statusOf({}), failures })
    expect(status.pods).toEqual({ matched: 2, injected: 1, missed: 1, outdated: 0 })
    expect(status.configHash).toBe('hash')
  })

  test('everything, when nothing changed: there is nothing to write', () => {
    const first = statusOf({})
    expect(statusOf({}, { previous: first, now: T2 })).toEqual(first)
  })
})

describe('an aggregator', () => {
  const DNS = { mode: 'DNS', selector: { matchLabels: { app: 'x' } } }

  test.each<[AggregatorState['kind'], string[]]>([
    [
      'available',
      ['AggregatorReady=True Available', 'Ready=True Reconciled', 'Reconciling=False Reconciled'],
    ],
    [
      'progressing',
      [
        'AggregatorReady=False AggregatorProgressing',
        'Ready=False AggregatorProgressing',
        'Reconciling=True AggregatorProgressing',
      ],
    ],
    [
      'failed',
      [
        'AggregatorReady=False AggregatorFailed',
        'Ready=False AggregatorFailed',
        'Stalled=True AggregatorFailed',
      ],
    ],
  ])('that is %s', (kind, expected) => {
    const status = statusOf(DNS, { aggregator: { kind, message: 'as it is' } })
    expect(conditions(status)).toEqual(expect.arrayContaining(expected))
    expect(messageOf(status, 'AggregatorReady')).toBe('as it is')
  })

  test('that finds no pods runs, and says so', () => {
    const aggregator = { kind: 'available', message: 'it runs' } as const
    const status = statusOf(DNS, { aggregator, targets: { resolved: 0, ready: 0 } })
    expect(conditions(status)).toContain('AggregatorReady=True Available')
    expect(messageOf(status, 'AggregatorReady')).toBe('it runs; there is no pod to collect from')
  })

  test('that starts is no news beside a refusal', () => {
    const failures = [{ ...applyConfigMap, error: apiError(403, 'Forbidden') }]
    const status = statusOf(DNS, { aggregator: { kind: 'progressing', message: '' }, failures })
    expect(conditions(status)).toContain('Stalled=True Forbidden')
  })

  test('has targets, which go with it', () => {
    const previous = statusOf(DNS, { aggregator: { kind: 'available', message: '' } })
    expect(previous.targets).toEqual({ resolved: 3, ready: 2 })
    const after = statusOf({}, { previous })
    expect(after).not.toHaveProperty('targets')
    expect(conditions(after).join()).not.toContain('AggregatorReady')
  })

  test('of a gate that is invalid now is known as it was', () => {
    const previous = statusOf(DNS, { aggregator: { kind: 'available', message: '' } })
    const invalid = { metricRelabelings: [{ action: 'keep', sourceLabels: ['a'], regex: '(' }] }
    expect(statusOf(invalid, { previous }).targets).toEqual({ resolved: 3, ready: 2 })
  })
})

describe('scrapes past the gate', () => {
  const directScrape = {
    type: 'DirectScrape',
    status: 'True',
    reason: 'ServiceMonitor',
    message: 'ServiceMonitor monitoring/web',
  } as const

  test('are told of, and the gate is ready all the same', () => {
    const status = statusOf({}, { directScrape })
    expect(conditions(status)).toEqual(
      expect.arrayContaining(['DirectScrape=True ServiceMonitor', 'Ready=True Reconciled']),
    )
  })

  test('have begun when they did, whatever joins them', () => {
    const previous = statusOf({}, { directScrape })
    const status = statusOf({}, { previous, now: T2, directScrape: { ...directScrape, reason: 'Several' } })
    expect(status.conditions?.find(({ type }) => type === 'DirectScrape')).toMatchObject({
      reason: 'Several',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
  })
})
