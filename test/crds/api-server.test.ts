import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ApiextensionsV1Api, KubernetesObjectApi } from '@kubernetes/client-node'
import fc from 'fast-check'
import { metricGateDefinition } from '../../crds/definition.ts'
import { structuralSchema } from '../../crds/structural-schema.ts'
import { KIND } from '../../operator/api/labels.ts'
import { metricGateSpecSchema } from '../../operator/api/spec.ts'
import { validateGate } from '../../operator/api/validate.ts'
import { type ControlPlane, eventually, installCrds, startControlPlane } from '../cluster/index.ts'
import { anySpec } from '../operator/api/any-spec.ts'
import { accepted, GateApi } from './api.ts'
import { examples } from './examples.ts'
import { gateWith, type SubmittedGate, stored } from './gates.ts'
import { BREAKS_A_RULE, BREAKS_THE_PROXY, BREAKS_THE_SCHEMA } from './invalid-gates.ts'
import { VALID_GATES } from './valid-gates.ts'

jest.setTimeout(90_000)

/** Enough for a machine that has to build the control plane first. */
const START_TIMEOUT_MS = 1_800_000

let controlPlane: ControlPlane
let api: GateApi

beforeAll(async () => {
  controlPlane = await startControlPlane({ crds: [metricGateDefinition()] })
  api = new GateApi(controlPlane.kubeConfig())
}, START_TIMEOUT_MS)

afterAll(() => controlPlane?.stop())

function kubectl(...args: string[]): string {
  const program = controlPlane.kubectl ?? 'kubectl'
  return execFileSync(program, ['--kubeconfig', controlPlane.kubeconfig, ...args], { encoding: 'utf8' })
}

test('the definition is established and its schema structural', async () => {
  const crds = controlPlane.kubeConfig().makeApiClient(ApiextensionsV1Api)
  const { status } = await crds.readCustomResourceDefinition({ name: 'metricgates.metricgate.io' })
  const conditions = status?.conditions?.map(condition => [condition.type, condition.status])
  expect(Object.fromEntries(conditions ?? [])).toEqual({ NamesAccepted: 'True', Established: 'True' })
})

describe('the API server refuses a gate and names the field', () => {
  const cases = [...BREAKS_A_RULE, ...BREAKS_THE_SCHEMA, ...BREAKS_THE_PROXY]
  test.each(cases)('$title', async ({ gate, field, says }) => {
    const refusal = { field, message: expect.stringContaining(says) }
    expect(await api.try(gate)).toMatchObject({
      refusals: expect.arrayContaining([expect.objectContaining(refusal)]),
    })
  })

  test('a field that does not exist, under strict validation', async () => {
    expect(await api.try(gateWith({ metricsRelabelings: [] }))).toMatchObject({
      refusals: [{ message: expect.stringContaining('unknown field "spec.metricsRelabelings"') }],
    })
  })
})

describe('the API server accepts a gate and fills in the defaults that the operator would', () => {
  test.each(VALID_GATES)('$title', async ({ gate }) => {
    const { spec } = await accepted(api.try(gate))
    expect(validateGate(stored(gate))).toMatchObject({ valid: true, gate: { spec } })
    expect(validateGate(stored({ ...gate, spec }))).toMatchObject({ valid: true, gate: { spec } })
  })
})

test('the API server and the operator agree about any gate', async () => {
  await fc.assert(
    fc.asyncProperty(anySpec, async spec => {
      const gate = gateWith(spec)
      expect('gate' in (await api.try(gate))).toBe(validateGate(stored(gate)).valid)
    }),
    { numRuns: 300 },
  )
}, 600_000)

describe('examples', () => {
  const objectApi = () => KubernetesObjectApi.makeApiClient(controlPlane.kubeConfig())

  beforeAll(async () => {
    const namespaces = new Set(examples().flatMap(({ object }) => object.metadata?.namespace ?? []))
    namespaces.delete('default')
    for (const name of namespaces) {
      await objectApi().create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    }
  })

  test.each(examples())('$file: $object.kind $object.metadata.name is accepted', async ({ object }) => {
    const answer =
      object.kind === KIND
        ? accepted(api.try(object as SubmittedGate))
        : objectApi().create(object, undefined, 'All')
    expect(await answer).toMatchObject({ metadata: { name: object.metadata?.name } })
  })
})

describe('status', () => {
  const status = {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Applied',
        message: 'All objects are in place',
        lastTransitionTime: '2026-11-24T12:00:00Z',
        observedGeneration: 1,
      },
    ],
    pods: { matched: 3, injected: 2, missed: 1, outdated: 1 },
    targets: { resolved: 7, ready: 6 },
    configHash: '0123456789abcdef',
  }
  let gate: SubmittedGate

  beforeAll(async () => {
    const created = await accepted(api.create({ ...gateWith({}, 'with-status'), status }))
    expect(created.status).toEqual({ observedGeneration: 0 })
    gate = await accepted(api.replaceStatus({ ...created, spec: { targets: [{ port: 1 }] }, status }))
  })

  test('is written by its subresource, which leaves the rest and its generation alone', () => {
    expect(gate.status).toEqual(status)
    expect(gate.spec.targets).toMatchObject([{ port: 8080 }])
    expect(gate.metadata?.generation).toBe(1)
  })

  test('is left alone by writes to the rest', async () => {
    const spec = { ...gate.spec, scrapeTimeout: '5s' }
    expect(await accepted(api.replace({ ...gate, spec, status: {} }))).toMatchObject({
      status,
      metadata: { generation: 2 },
    })
  })

  test('is what kubectl get prints', () => {
    const [head, row] = kubectl('get', 'mg', 'with-status').split('\n')
    expect(head?.split(/\s+/)).toEqual(
      expect.arrayContaining(['MODE', 'READY', 'PODS', 'INJECTED', 'TARGETS', 'AGE']),
    )
    expect(row?.split(/\s+/)).toEqual(expect.arrayContaining(['Sidecar', 'True', '3', '2', '7']))
  })

  test('has its reason where there is room', () => {
    expect(kubectl('get', 'mg', 'with-status', '-o', 'wide')).toMatch(/REASON.*\n.*Applied/)
  })

  test('shows under the category, too', () => {
    expect(kubectl('get', 'monitoring')).toContain('with-status')
  })
})

test.each(Object.entries(metricGateSpecSchema.shape))(
  'kubectl explain says what spec.%s is for',
  (name, schema) => {
    const text = kubectl('explain', `metricgate.spec.${name}`).replaceAll(/\s+/g, ' ')
    expect(text).toContain(`DESCRIPTION: ${structuralSchema(schema).description}`)
  },
)

describe('a gate that was stored under an older definition', () => {
  const outdated = gateWith({ monitor: { interval: '1d' } }, 'outdated')
  let gate: SubmittedGate

  beforeAll(async () => {
    await installCrds(controlPlane.kubeConfig(), [withoutRules(metricGateDefinition())])
    gate = await eventually('the rules to be gone', async () => {
      const answer = await api.create(outdated)
      return 'gate' in answer && answer.gate
    })
    await installCrds(controlPlane.kubeConfig(), [metricGateDefinition()])
    const again = { ...outdated, metadata: { ...outdated.metadata, name: 'again' } }
    await eventually('the rules to be back', async () => 'refusals' in (await api.try(again)))
  })

  test('can be changed where it is right, and its status written', async () => {
    const spec = { ...gate.spec, scrapeTimeout: '5s' }
    const changed = await accepted(api.replace({ ...gate, spec }))
    const status = { configHash: '0123456789abcdef' }
    expect(await accepted(api.replaceStatus({ ...changed, status }))).toMatchObject({ spec, status })
  })

  test('is an error that the operator can name', () => {
    expect(validateGate(gate)).toMatchObject({
      valid: false,
      errors: [{ field: 'spec.monitor.interval' }],
    })
  })
})

/** The definition as a release before the rules would have had it. */
function withoutRules<T>(definition: T): T {
  return JSON.parse(
    JSON.stringify(definition, (key, value) => (key === 'x-kubernetes-validations' ? [] : value)),
  )
}
