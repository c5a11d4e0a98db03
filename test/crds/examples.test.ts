import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../operator/api/labels.ts'
import { validateGate } from '../../operator/api/validate.ts'
import type { PolicyReading } from '../../proxy/policy/policy.ts'
import { parsePolicyText, readPolicies } from '../../proxy/policy/schema/document.ts'
import { examples } from './examples.ts'
import { type SubmittedGate, stored } from './gates.ts'

const gates = examples().filter(({ object }) => object.kind === KIND)

describe('every gate in examples/ is right', () => {
  test.each(gates)('$file: $object.metadata.name', ({ object }) => {
    expect(validateGate(stored(object as SubmittedGate))).toMatchObject({ valid: true })
  })
})

test('there are examples for a newcomer', () => {
  expect(gates.map(({ file }) => file)).toEqual(expect.arrayContaining(['gate.yaml', 'deployment.yaml']))
})

describe('the gate with policies', () => {
  const objects = examples().filter(({ file }) => file === 'policies.yaml')
  const [gate, configMap] = objects.map(({ object }) => object as SubmittedGate & { data: object })

  test("has those of the proxy's example; a pod knows its namespace where that knows an environment", () => {
    const url = new URL('../../examples/policies/policies.json', import.meta.url)
    const text = readFileSync(url, 'utf8').replace('deployment.environment', 'k8s.namespace.name')
    const expected = readPolicies(url.pathname, parsePolicyText(url.pathname, text))
    expect(readPolicies('policies', gate?.spec.policies).map(withNumbers)).toEqual(expected.map(withNumbers))
  })

  test('has a ConfigMap, in which its provider finds policies', () => {
    const [provider] = (gate?.spec.policyProviders ?? []) as { configMap: { name: string; key: string } }[]
    const { name = '', key = '' } = provider?.configMap ?? {}
    expect(configMap?.metadata).toMatchObject({ name, namespace: gate?.metadata?.namespace })
    const text = Object.entries(configMap?.data ?? {}).find(([entry]) => entry === key)?.[1]
    expect(readPolicies(key, parsePolicyText(key, text)).map(({ kind }) => kind)).toEqual(['metric'])
  })
})

/** An int64 is a bigint, and short forms are numbers: the same number. */
function withNumbers(reading: PolicyReading): unknown {
  return JSON.parse(
    JSON.stringify(reading, (_, value) => (typeof value === 'bigint' ? Number(value) : value)),
  )
}
