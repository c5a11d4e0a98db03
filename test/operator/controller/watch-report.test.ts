import { describe, expect, test } from '@jest/globals'
import { reportOn, type WatchState } from '../../../operator/controller/watch-report.ts'
import { ApiError } from '../../../operator/kubernetes/api-error.ts'
import { METRIC_GATE, POD } from '../../../operator/kubernetes/kinds.ts'

const REFUSED = new ApiError('E_API_STATUS', 'GET /things: 403 Forbidden: no', {
  response: { status: 403, reason: 'Forbidden', causes: [] },
})
const UNREACHABLE = new ApiError('E_API_UNREACHABLE', 'GET /things: ECONNREFUSED')

const known = { available: true, isSettled: true, trouble: undefined }
const unknown = { available: undefined, isSettled: false, trouble: undefined }
const refused = { available: undefined, isSettled: true, trouble: REFUSED }

function watch(namespace: string, state: Omit<WatchState, 'kind' | 'namespace'>, kind = POD): WatchState {
  return { kind, namespace, ...state }
}

const cases: Record<string, { states: WatchState[]; obstacles?: string[]; limitations?: string[] }> = {
  'everything is known': { states: [watch('', known), watch('', known, METRIC_GATE)] },
  'nothing has been answered yet': {
    states: [watch('', unknown)],
    obstacles: ['pods are not known yet'],
  },
  'nothing answers': {
    states: [watch('', { ...unknown, trouble: UNREACHABLE })],
    obstacles: ['pods are not known yet: GET /things: ECONNREFUSED'],
  },
  'the only list is refused': {
    states: [watch('', refused), watch('', known, METRIC_GATE)],
    obstacles: ['pods are not known yet: GET /things: 403 Forbidden: no'],
  },
  'one of two namespaces is refused': {
    states: [watch('a', known), watch('b', refused)],
    limitations: [
      'pods of namespace b are not known yet: GET /things: 403 Forbidden: no; the namespace is left out',
    ],
  },
  'one of two namespaces is not known yet, or not refused for good': {
    states: [watch('a', known), watch('b', { ...unknown, trouble: REFUSED })],
    obstacles: ['pods of namespace b are not known yet: GET /things: 403 Forbidden: no'],
  },
  'of each namespace something is refused': {
    states: [
      watch('a', known),
      watch('a', refused, METRIC_GATE),
      watch('b', refused),
      watch('b', known, METRIC_GATE),
    ],
    obstacles: [
      'metricgates of namespace a are not known yet: GET /things: 403 Forbidden: no',
      'pods of namespace b are not known yet: GET /things: 403 Forbidden: no',
    ],
  },
  'the CRD is missing, which is the same in each namespace': {
    states: [
      watch('a', { ...known, available: false }, METRIC_GATE),
      watch('b', { ...known, available: false }, METRIC_GATE),
    ],
    obstacles: ['the cluster has no metricgates (metricgate.io/v1alpha1): install its CRD'],
  },
  'another kind is missing': { states: [watch('', { ...known, available: false })] },
  'what was listed may not be watched': {
    states: [watch('', { ...known, trouble: REFUSED })],
    limitations: ['pods are not up to date: GET /things: 403 Forbidden: no'],
  },
  'a watch broke, which mends itself': { states: [watch('', { ...known, trouble: UNREACHABLE })] },
}

describe('what is told when', () => {
  test.each(Object.entries(cases))('%s', (_name, { states, obstacles = [], limitations = [] }) => {
    expect(reportOn(states)).toEqual({ obstacles, limitations })
  })
})
