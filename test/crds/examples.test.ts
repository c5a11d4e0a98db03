import { describe, expect, test } from '@jest/globals'
import { KIND } from '../../operator/api/labels.ts'
import { validateGate } from '../../operator/api/validate.ts'
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
