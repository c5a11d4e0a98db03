import { describe, expect, test } from '@jest/globals'
import { formatFieldErrors } from '../../../operator/api/field-error.ts'
import { validateGate } from '../../../operator/api/validate.ts'
import { gateWith, stored } from '../../crds/gates.ts'
import { BREAKS_A_RULE, BREAKS_THE_PROXY, BREAKS_THE_SCHEMA } from '../../crds/invalid-gates.ts'
import { VALID_GATES } from '../../crds/valid-gates.ts'

function errorsOf(gate: unknown) {
  const result = validateGate(gate)
  return result.valid ? [] : result.errors
}

describe('a gate that breaks a rule is refused with the field and what would be right', () => {
  test.each(BREAKS_A_RULE)('$title', ({ gate, field, says }) => {
    // Keys of maps stand in brackets where the API server names a field.
    const path = field.replace(/\[([a-z]+)\]/, '.$1')
    expect(errorsOf(stored(gate))).toContainEqual({ field: path, message: expect.stringContaining(says) })
  })
})

describe('a gate that does not fit the schema is refused with the field', () => {
  test.each(BREAKS_THE_SCHEMA)('$title', ({ gate, field }) => {
    expect(errorsOf(stored(gate)).map(error => error.field)).toContain(field)
  })
})

describe('what the proxy would refuse is an error of the gate', () => {
  test.each(BREAKS_THE_PROXY)('$title', ({ gate, field }) => {
    const fields = errorsOf(stored(gate)).map(error => error.field)
    expect(fields.some(found => field.startsWith(found))).toBe(true)
  })
})

describe('a gate that is right is accepted', () => {
  test.each(VALID_GATES)('$title', ({ gate }) => {
    expect(errorsOf(stored(gate))).toEqual([])
  })
})

test('a regex that breaks only as Prometheus wraps it is an error of the gate', () => {
  const errors = errorsOf(stored(gateWith({ metricRelabelings: [{ action: 'keep', regex: '\\Qa.b' }] })))
  expect(errors.map(({ field }) => field)).toEqual(['spec.metricRelabelings[0].regex'])
})

test('defaults are filled in', () => {
  const result = validateGate(stored(gateWith()))
  expect(result).toMatchObject({
    valid: true,
    gate: {
      spec: {
        mode: 'Sidecar',
        injection: 'Annotation',
        targets: [{ port: 8080, path: '/metrics', scheme: 'HTTP' }],
        metricRelabelings: [],
        subsets: [],
        subsetTimestamps: false,
        aggregation: { gauges: 'Sum', overrides: [], onTargetFailure: 'Hold', targetMetrics: true },
        aggregator: { replicas: 1, shards: 1, networkPolicy: { enabled: false } },
        limits: {
          maxInputBytesPerScrape: '10Mi',
          maxOutputBytesPerScrape: '10Mi',
          onLimit: 'Truncate',
          onSeriesLimit: 'Pass',
        },
        monitor: { enabled: true, kind: 'ServiceMonitor', labels: {} },
        proxy: { logLevel: 'info', nativeSidecar: 'Auto' },
      },
    },
  })
})

test('fields of a newer release are left out and not refused', () => {
  const older = validateGate(stored(gateWith()))
  const newer = validateGate(stored(gateWith({ yetUnknown: { counters: 'Sum' } })))
  expect(newer).toEqual(older)
  expect(newer.valid).toBe(true)
})

test('an object that is no gate at all is refused', () => {
  expect(errorsOf(undefined)).not.toEqual([])
  expect(errorsOf({ kind: 'Pod' }).map(error => error.field)).toContain('kind')
})

test('errors make one sentence', () => {
  const errors = [
    { field: 'spec.mode', message: 'wrong' },
    { field: 'spec.targets[0].port', message: 'wrong too' },
  ]
  expect(formatFieldErrors(errors)).toBe('spec.mode: wrong; spec.targets[0].port: wrong too')
})
