import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type Aim,
  type Candidate,
  chooseStep,
  decide,
  type Verdict,
} from '../../../operator/rollout/decide.ts'
import type { Restartable } from '../../../operator/rollout/workload.ts'
import { validGate } from '../controller/support/watched.ts'
import { app, optIn, pod } from '../webhook/fixtures.ts'

const options = { proxyImage: 'metricgate/proxy:1' }
const TARGET = '0123456789abcdef'
const OTHER = '1111111111111111'

function aimOf(spec: Record<string, unknown> = {}): Aim {
  const gate = validGate(spec)
  return { gate, gates: [gate], options, target: TARGET }
}

/** A workload that nothing has been done with. */
function candidate(
  { again = 0, restarted = false, overdue = false }: Partial<Candidate> = {},
  workload: Partial<Restartable> = {},
): Candidate {
  const fresh = {
    resourceVersion: '1',
    restartedFor: undefined,
    restartedAt: undefined,
    hindrance: undefined,
  }
  const template = pod(optIn('shop'))
  return { workload: { ...fresh, rolling: false, template, ...workload }, again, restarted, overdue }
}

function withSidecar(): Restartable['template'] {
  const sidecar = app({ name: 'metricgate', ports: [{ name: 'metricgate', containerPort: 9464 }] })
  const annotations = { ...optIn('shop'), 'metricgate.io/injected': OTHER }
  return pod(annotations, { containers: [app(), sidecar] })
}

const WAS_RESTARTED = { restartedFor: TARGET }
const HANGS = { restarted: true, overdue: true }

const cases: { of: string; given: Candidate; verdict: Verdict['kind']; why?: RegExp }[] = [
  { of: 'is stable', given: candidate(), verdict: 'restart' },
  {
    of: 'was restarted for another target',
    given: candidate({}, { restartedFor: OTHER }),
    verdict: 'restart',
  },
  {
    of: 'still rolls for another target of ours, which may never finish',
    given: candidate({}, { restartedFor: OTHER, rolling: true }),
    verdict: 'restart',
  },
  { of: 'rolls by itself', given: candidate({}, { rolling: true }), verdict: 'wait', why: /rolling/ },
  {
    of: 'rolls for the target',
    given: candidate({}, { ...WAS_RESTARTED, rolling: true }),
    verdict: 'underway',
  },
  {
    of: 'has rolled for the target, which the watch of pods does not show yet',
    given: candidate({}, WAS_RESTARTED),
    verdict: 'underway',
  },
  {
    of: 'was restarted, and somebody has taken the annotation away',
    given: candidate({ restarted: true }),
    verdict: 'underway',
  },
  {
    of: 'was restarted long ago, and still rolls',
    given: candidate(HANGS, { ...WAS_RESTARTED, restartedAt: '2026-01-02T03:04:05Z', rolling: true }),
    verdict: 'halt',
    why: /^was restarted at 2026-01-02T03:04:05Z, and has not finished; nothing else is restarted until it has$/,
  },
  {
    of: 'was restarted long ago, and still rolls, while somebody has taken the annotation away',
    given: candidate(HANGS, { rolling: true }),
    verdict: 'halt',
    why: /^was restarted long ago, and has not finished/,
  },
  {
    of: 'was restarted long ago, and has finished',
    given: candidate(HANGS, WAS_RESTARTED),
    verdict: 'skip',
    why: /^was restarted, and still has pods that are not as they should be$/,
  },
  {
    of: 'was restarted in vain',
    given: candidate({ again: 1 }, WAS_RESTARTED),
    verdict: 'halt',
    why: /new pods are not as they should be/,
  },
  { of: 'is paused', given: candidate({}, { hindrance: 'is paused' }), verdict: 'skip', why: /^is paused$/ },
  {
    of: 'has a template that opts out',
    given: candidate({}, { template: pod(optIn('false')) }),
    verdict: 'skip',
    why: /OptedOut/,
  },
  {
    of: 'has a template that names another gate',
    given: candidate({}, { template: pod(optIn('other')) }),
    verdict: 'skip',
    why: /UnknownGate/,
  },
  {
    of: 'has pods on the network of their node, for which the gate has no port',
    given: candidate({}, { template: pod(optIn('shop'), { hostNetwork: true }) }),
    verdict: 'skip',
    why: /HostNetwork: no sidecar: .*proxy\.port/,
  },
  {
    of: 'has a template that was copied from a pod, sidecar and all',
    given: candidate({}, { template: withSidecar() }),
    verdict: 'skip',
    why: /Refitted/,
  },
]

describe('a workload with pods that are not as they should be, which', () => {
  test.each(cases)('$of: $verdict', ({ given, verdict, why = /^$/ }) => {
    const found = decide(given, aimOf())
    expect(found.kind).toBe(verdict)
    expect('why' in found ? found.why : '').toMatch(why)
  })

  test('has a template of any kind is restarted for a gate whose mode has no sidecars', () => {
    const aim = { ...aimOf({ mode: 'DNS', selector: { matchLabels: { app: 'shop' } } }), target: 'none' }
    expect(decide(candidate({}, { template: pod(undefined) }), aim)).toEqual({ kind: 'restart' })
  })
})

const anyCandidate = fc
  .record({
    again: fc.nat(1),
    restarted: fc.boolean(),
    overdue: fc.boolean(),
    restartedFor: fc.constantFrom(undefined, TARGET, OTHER),
    hindrance: fc.constantFrom(undefined, undefined, 'is paused'),
    rolling: fc.boolean(),
    inject: fc.constantFrom('shop', 'shop', 'false'),
  })
  .map(({ again, restarted, overdue, inject, ...workload }) =>
    candidate({ again, restarted, overdue }, { ...workload, template: pod(optIn(inject)) }),
  )
const anyCandidates = fc
  .array(anyCandidate, { maxLength: 4 })
  .map(candidates => candidates.map((of, index) => ({ ...of, name: `Deployment ${index}` })))

describe('the next step for a gate', () => {
  test('restarts only what was not restarted for the target, can be, and alone', () => {
    fc.assert(
      fc.property(anyCandidates, candidates => {
        const step = chooseStep(candidates, [], aimOf())
        if (step.kind !== 'restart') return
        const chosen = candidates[step.index]
        expect(chosen?.restarted).toBe(false)
        expect(chosen?.workload).toMatchObject({ hindrance: undefined, template: pod(optIn('shop')) })
        expect(chosen?.workload.restartedFor).not.toBe(TARGET)
        expect(candidates.filter(of => decide(of, aimOf()).kind === 'halt')).toEqual([])
        const underway = candidates.filter(of => decide(of, aimOf()).kind === 'underway')
        expect(underway).toEqual([])
      }),
    )
  })

  test('restarts first what still rolls for an earlier target', () => {
    const names = ['Deployment a', 'Deployment b', 'Deployment c']
    const rolls = candidate({}, { restartedFor: OTHER, rolling: true })
    const candidates = [candidate(), rolls, candidate()].map((of, index) => ({
      ...of,
      name: `${names[index]}`,
    }))
    expect(chooseStep(candidates, [], aimOf())).toEqual({ kind: 'restart', index: 1 })
  })

  test('is none, and says which one hangs, while one does', () => {
    const hanging = candidate(HANGS, { ...WAS_RESTARTED, restartedAt: '2026-01-02T03:04:05Z', rolling: true })
    const candidates = [
      { ...hanging, name: 'Deployment a' },
      { ...candidate(), name: 'Deployment b' },
    ]
    const why = expect.stringMatching(
      /^Deployment a was restarted at 2026-01-02T03:04:05Z, and has not finished/,
    )
    expect(chooseStep(candidates, [], aimOf())).toEqual({ kind: 'blocked', why })
  })

  test('names every workload when it is none', () => {
    fc.assert(
      fc.property(anyCandidates, candidates => {
        const step = chooseStep(candidates, ['pods of a Job are not restarted'], aimOf())
        if (!('why' in step)) return
        const isHalted = candidates.some(of => decide(of, aimOf()).kind === 'halt')
        const silent = candidates.filter(({ name }) => !step.why.includes(name))
        // Those that could be restarted, but for the one that hangs or was restarted in vain.
        expect(silent.filter(of => !isHalted || decide(of, aimOf()).kind !== 'restart')).toEqual([])
        expect(step.why).toContain('pods of a Job')
      }),
    )
  })
})
