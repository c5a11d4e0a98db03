import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { pino } from 'pino'
import type { ConditionState } from '../../../operator/api/conditions.ts'
import type { GatePod } from '../../../operator/controller/pod-counts.ts'
import type { WatchedPod } from '../../../operator/controller/watched.ts'
import { ApiClient } from '../../../operator/kubernetes/api-client.ts'
import { rolloutTarget } from '../../../operator/rollout/affected.ts'
import { BLOCKED_POLL_MS, ROLLING_MAX, ROLLING_MS_MAX } from '../../../operator/rollout/limits.ts'
import type { RolloutReport } from '../../../operator/rollout/report.ts'
import { type RestartResult, Rollouts } from '../../../operator/rollout/rollouts.ts'
import { ManualClock } from '../controller/support/clocks.ts'
import { json, ScriptedApi, type Step, status } from '../controller/support/scripted-api.ts'
import { validGate, watchedPod } from '../controller/support/watched.ts'
import { app, optIn } from '../webhook/fixtures.ts'

const SETTLE_MS = 30_000
const RESTARTED_AT = '2026-01-02T03:04:05Z'
const DAY_MS = 24 * 60 * 60 * 1000
const options = { proxyImage: 'metricgate/proxy:1' }

let api: ScriptedApi
let client: ApiClient
let clock: ManualClock
/** "GET web", "PATCH web", … in order. */
let requests: string[]
/** What the operator has written on pod templates, by the name of the Deployment. */
let templates: Map<string, object>
/** Deployments that roll, by name. */
let rolling: Set<string>
/** How the next PATCH is answered, if not with success. */
let refusal: Step | undefined
let servingSinceMs: number | undefined
/** Of the namespace. */
let labels: Record<string, string>
let rollouts: Rollouts
/** What the rollouts say of their requests. */
let results: RestartResult[]

beforeEach(async () => {
  requests = []
  rolling = new Set()
  refusal = undefined
  labels = {}
  templates = new Map()
  const answer: Step = (response, request) => {
    const name = new URL(request.url ?? '', 'http://api').pathname.split('/').at(-1) ?? ''
    if (name === 'default') return json(200, { metadata: { name, labels } })(response, request)
    requests.push(`${request.method} ${name}`)
    if (request.method === 'GET') return json(200, deployment(name, templates.get(name)))(response, request)
    if (refusal !== undefined) return refusal(response, request)
    let text = ''
    request.on('data', chunk => {
      text += chunk
    })
    request.on('end', () => {
      templates.set(name, JSON.parse(text).spec.template.metadata.annotations)
      rolling.add(name)
      json(200, {})(response, request)
    })
  }
  api = await ScriptedApi.start(...Array<Step>(100).fill(answer))
  clock = new ManualClock()
  results = []
  client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
  servingSinceMs = clock.monotonicMs()
  rollouts = newRollouts()
})

/** As a process begins with, or a term. */
function newRollouts(): Rollouts {
  return new Rollouts({
    client,
    clock,
    logger: pino({ level: 'silent' }),
    sidecar: options,
    namespace: 'metricgate-system',
    webhookServingSinceMs: () => servingSinceMs,
    settleMs: SETTLE_MS,
    observe: result => results.push(result),
  })
}

afterEach(async () => {
  await client.close()
  await api[Symbol.asyncDispose]()
})

/** A Deployment whose template opts in to the gate of its name. */
function deployment(name: string, annotations: object = {}): object {
  const template = {
    metadata: { annotations: { ...optIn(gateOf(name)), ...annotations } },
    spec: { containers: [app()] },
  }
  const managedFields = [{ manager: 'metricgate-rollout', operation: 'Apply', time: RESTARTED_AT }]
  const replicas = 1
  const available = rolling.has(name) ? 0 : replicas
  return {
    kind: 'Deployment',
    metadata: { name, namespace: 'default', uid: `uid-of-${name}`, resourceVersion: '1', managedFields },
    spec: { replicas, template },
    status: { replicas, updatedReplicas: replicas, availableReplicas: available },
  }
}

function gateOf(deployment: string): string {
  return deployment.split('-')[0] ?? ''
}

/** A pod of the Deployment that has no sidecar. */
function missedPod(deployment: string): GatePod {
  return { pod: podOf(deployment), sidecar: 'missed' }
}

/** A pod of the Deployment that a restart for the target has made, with its sidecar. */
function renewedPod(deployment: string, target: string): GatePod {
  return { pod: podOf(deployment, { 'metricgate.io/restarted-for': target }), sidecar: 'current' }
}

function podOf(deployment: string, annotations: Record<string, string> = {}): WatchedPod {
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid: `uid-of-${deployment}` }
  return watchedPod({ ownerReferences: [{ ...owner, controller: true }], annotations })
}

interface Surroundings {
  readonly proxy?: object
  readonly hold?: string
  readonly told?: ConditionState
  /** Deployments whose pods have been made by a restart, and have their sidecar. */
  readonly renewed?: readonly string[]
}

/** Has gate `name` look after the pods of these Deployments; what it reports. */
async function report(
  name: string,
  deployments: readonly string[],
  { proxy = {}, hold, told, renewed = [] }: Surroundings = {},
): Promise<RolloutReport> {
  const gate = validGate({ proxy: { rollout: 'Auto', ...proxy } }, name)
  const target = rolloutTarget(gate, options)
  const pods = [...deployments.map(missedPod), ...renewed.map(of => renewedPod(of, target))]
  return await rollouts.advance({ gate, gates: [gate], pods, hold, told })
}

/** The same; what the gate's condition says then. */
async function advance(...given: Parameters<typeof report>): Promise<string> {
  const { condition } = await report(...given)
  return `${condition?.reason}: ${condition?.message}`
}

/** Everything has been as it is for long enough. */
async function settled(...gates: string[]): Promise<void> {
  for (const gate of gates) await advance(gate, [`${gate}-a`])
  await clock.advance(SETTLE_MS)
}

function patches(): string[] {
  return requests.filter(request => request.startsWith('PATCH'))
}

describe('nothing is restarted, or even read,', () => {
  test('before what is injected has been the same for a while', async () => {
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting: what is injected has changed/)
    await clock.advance(SETTLE_MS - 1)
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting/)
    expect(requests).toEqual([])
    await clock.advance(1)
    expect(await advance('web', ['web-a'])).toMatch(/^Restarting: Deployment web-a/)
  })

  test.each([
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ])('sooner or later because the time of day is set %s', async (_way, byMs) => {
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting: what is injected has changed/)
    clock.setTimeOfDay(byMs)
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting: what is injected has changed/)
    await clock.advance(SETTLE_MS - 1)
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting/)
    expect(requests).toEqual([])
    await clock.advance(1)
    expect(await advance('web', ['web-a'])).toMatch(/^Restarting: Deployment web-a/)
  })

  test('before the webhook has served for a while', async () => {
    await settled('web')
    servingSinceMs = undefined
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting: the webhook does not serve/)
    servingSinceMs = clock.monotonicMs()
    await clock.advance(SETTLE_MS - 1)
    expect(await advance('web', ['web-a'])).toMatch(/^Waiting: the webhook does not serve/)
    expect(requests).toEqual([])
    await clock.advance(1)
    expect(await advance('web', ['web-a'])).toMatch(/^Restarting/)
  })

  test('while the caller holds it', async () => {
    await settled('web')
    expect(await advance('web', ['web-a'], { hold: 'of a reason' })).toBe('Waiting: of a reason')
    expect(requests).toEqual([])
  })

  test('when all pods are as they should be', async () => {
    expect(await advance('web', [])).toMatch(/^UpToDate/)
    expect(requests).toEqual([])
  })
})

test('nothing is restarted in a namespace that the webhook leaves out', async () => {
  await settled('web')
  labels = { 'metricgate.io/injection': 'disabled' }
  expect(await advance('web', ['web-a'])).toBe('Blocked: the webhook leaves out namespace default')
  expect(requests).toEqual([])
})

test('one workload of a gate after another', async () => {
  await settled('web')
  await advance('web', ['web-a', 'web-b'])
  await advance('web', ['web-a', 'web-b'])
  expect(patches()).toEqual(['PATCH web-a'])
  rolling.clear()
  expect(await advance('web', ['web-b'])).toMatch(/^Restarting: Deployment web-b/)
  expect(patches()).toEqual(['PATCH web-a', 'PATCH web-b'])
  rolling.clear()
  expect(await advance('web', [])).toMatch(/^UpToDate/)
})

test('of all gates only so many at a time', async () => {
  const gates = Array.from({ length: ROLLING_MAX + 1 }, (_, index) => `gate${index}`)
  await settled(...gates)
  const reports = await Promise.all(gates.map(gate => advance(gate, [`${gate}-a`])))
  expect(patches()).toHaveLength(ROLLING_MAX)
  const late = reports.findIndex(report => report.startsWith('Waiting'))
  expect(reports[late]).toMatch(/3 workloads of other gates are being restarted/)
  rolling.clear()
  for (const gate of gates.filter((_, index) => index !== late)) await advance(gate, [])
  await clock.advance(SETTLE_MS)
  expect(await advance(`gate${late}`, [`gate${late}-a`])).toMatch(/^Restarting/)
})

test('a gate that no longer wants restarts makes room for others', async () => {
  const gates = Array.from({ length: ROLLING_MAX + 1 }, (_, index) => `gate${index}`)
  await settled(...gates)
  for (const gate of gates.slice(1)) await advance(gate, [`${gate}-a`])
  expect(await advance('gate0', ['gate0-a'])).toMatch(/^Waiting/)
  await advance('gate1', ['gate1-a'], { proxy: { rollout: 'Never' } })
  await clock.advance(SETTLE_MS)
  expect(await advance('gate0', ['gate0-a'])).toMatch(/^Restarting/)
})

describe('a workload that does not finish', () => {
  const HANGS = `Blocked: Deployment web-a was restarted at ${RESTARTED_AT}, and has not finished; nothing else is restarted until it has`

  /** As long as anybody would wait. */
  async function hang(): Promise<void> {
    await settled('web')
    await advance('web', ['web-a', 'web-b'])
    await clock.advance(ROLLING_MS_MAX)
    expect(await advance('web', ['web-a', 'web-b'])).toMatch(/^Restarting: Deployment web-a/)
    await clock.advance(1)
  }

  test.each([
    ['still has pods without the sidecar', ['web-a', 'web-b']],
    ['has the sidecar in all pods by now', ['web-b']],
  ])('keeps all others waiting, for as long as it hangs, where it %s', async (_title, missing) => {
    await hang()
    for (let hours = 0; hours < 3; hours++) {
      expect(await advance('web', missing)).toBe(HANGS)
      await clock.advance(60 * 60 * 1000)
    }
    expect(patches()).toEqual(['PATCH web-a'])
  })

  test('is looked at again, and the next one is restarted when it has finished', async () => {
    await hang()
    const { lookAgainMs = Number.POSITIVE_INFINITY } = await report('web', ['web-a', 'web-b'])
    expect(lookAgainMs).toBeLessThanOrEqual(BLOCKED_POLL_MS)
    rolling.delete('web-a')
    await clock.advance(lookAgainMs)
    expect(await advance('web', ['web-b'])).toMatch(/^Restarting: Deployment web-b/)
    expect(patches()).toEqual(['PATCH web-a', 'PATCH web-b'])
  })

  test('keeps nothing waiting that it does not roll for: it has finished, and its pods are not as they should be', async () => {
    await hang()
    rolling.delete('web-a')
    expect(await advance('web', ['web-a', 'web-b'])).toMatch(/^Restarting: Deployment web-b/)
    rolling.delete('web-b')
    expect(await advance('web', ['web-a'])).toBe(
      'Blocked: Deployment web-a was restarted, and still has pods that are not as they should be',
    )
    expect(patches()).toEqual(['PATCH web-a', 'PATCH web-b'])
  })

  test('goes on keeping them when somebody takes the annotation away', async () => {
    await hang()
    templates.delete('web-a')
    expect(await advance('web', ['web-b'])).toMatch(/^Blocked: Deployment web-a was restarted/)
    expect(patches()).toEqual(['PATCH web-a'])
  })

  test('takes no room from other gates', async () => {
    const gates = Array.from({ length: ROLLING_MAX + 1 }, (_, index) => `gate${index}`)
    const [late = '', ...others] = gates
    await settled(...gates)
    for (const gate of others) await advance(gate, [`${gate}-a`])
    expect(await advance(late, [`${late}-a`])).toMatch(/^Waiting/)
    await clock.advance(ROLLING_MS_MAX + 1)
    expect(await advance(late, [`${late}-a`])).toMatch(/^Restarting/)
  })
})

test('what was found is not looked for again while pods and time are the same', async () => {
  await settled('web')
  rolling.add('web-a')
  expect(await advance('web', ['web-a'])).toMatch(/^Waiting: Deployment web-a is rolling/)
  const asked = requests.length
  expect(await advance('web', ['web-a'])).toMatch(/^Waiting: Deployment web-a is rolling/)
  expect(requests).toHaveLength(asked)
  rolling.clear()
  await clock.advance(SETTLE_MS)
  expect(await advance('web', ['web-a'])).toMatch(/^Restarting/)
})

describe('a request that fails', () => {
  test.each([
    {
      answer: status(409, 'Conflict'),
      says: /^Waiting: a workload has changed just now/,
      counts: 'conflict',
    },
    { answer: status(403, 'Forbidden'), says: /^Forbidden: .*rollout\.yaml/, counts: 'failure' },
    { answer: status(500, 'InternalError'), says: /^Retrying: PATCH .*500/, counts: 'failure' },
  ])('is told of, counted as $counts, and tried again: $says', async ({ answer, says, counts }) => {
    await settled('web')
    refusal = answer
    expect(await advance('web', ['web-a'])).toMatch(says)
    refusal = undefined
    expect(await advance('web', ['web-a'])).toMatch(/^Restarting/)
    expect(results).toEqual([counts, 'success'])
  })

  test('takes no room from other gates', async () => {
    const gates = Array.from({ length: ROLLING_MAX + 1 }, (_, index) => `gate${index}`)
    await settled(...gates)
    refusal = status(403, 'Forbidden')
    await advance('gate0', ['gate0-a'])
    refusal = undefined
    for (const gate of gates.slice(1)) expect(await advance(gate, [`${gate}-a`])).toMatch(/^Restarting/)
  })
})

describe('a gate that another operator has had to do with', () => {
  const told = { type: 'RolledOut', status: 'False', reason: 'Blocked', message: 'for a reason' } as const

  test('what it restarted is not restarted again, and counts among what rolls from the first look', async () => {
    const gates = Array.from({ length: ROLLING_MAX + 1 }, (_, index) => `gate${index}`)
    const [late = '', ...others] = gates
    await settled(...gates)
    for (const gate of others) await advance(gate, [`${gate}-a`])

    rollouts = newRollouts()
    for (const gate of gates) {
      expect(await advance(gate, [`${gate}-a`], { told })).toMatch(gate === late ? /^Waiting/ : /^Restarting/)
    }
    await clock.advance(SETTLE_MS)
    expect(await advance(late, [`${late}-a`], { told })).toMatch(/3 workloads of other gates/)
    expect(patches()).toEqual(others.map(gate => `PATCH ${gate}-a`))
  })

  test('what it restarted keeps others waiting until it has finished, though all its pods are as they should be', async () => {
    await settled('web')
    await advance('web', ['web-a', 'web-b'])
    rollouts = newRollouts()
    const renewed = { told, renewed: ['web-a'] }
    await advance('web', ['web-b'], renewed)
    await clock.advance(SETTLE_MS)
    expect(await advance('web', ['web-b'], renewed)).toMatch(/^Restarting: Deployment web-a/)
    await clock.advance(ROLLING_MS_MAX)
    expect(await advance('web', ['web-b'], renewed)).toMatch(/^Blocked: Deployment web-a .* has not finished/)
    expect(patches()).toEqual(['PATCH web-a'])
    rolling.delete('web-a')
    expect(await advance('web', ['web-b'], renewed)).toMatch(/^Restarting: Deployment web-b/)
  })

  test('what keeps it is told at once, as it was before', async () => {
    labels = { 'metricgate.io/injection': 'disabled' }
    expect(await advance('web', ['web-a'], { told })).toBe(
      'Blocked: the webhook leaves out namespace default',
    )
  })

  test('nothing is restarted before its time nonetheless', async () => {
    expect(await advance('web', ['web-a'], { told })).toMatch(/^Waiting: what is injected has changed/)
    await clock.advance(SETTLE_MS - 1)
    expect(await advance('web', ['web-a'], { told })).toMatch(/^Waiting/)
    expect(patches()).toEqual([])
    await clock.advance(1)
    expect(await advance('web', ['web-a'], { told })).toMatch(/^Restarting/)
  })
})
