import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { renderDefinition } from '../../crds/definition.ts'

test('the published definition is the one that the schema makes (else run: node crds/generate.ts)', () => {
  const file = new URL('../../crds/metricgates.metricgate.io.yaml', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(renderDefinition())
})
