import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { helpText } from '../../operator/options.ts'

const ALWAYS = ['--help', '--version']

test('docs/operator.md lists every flag of the operator, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/operator.md'), 'utf8')
  const section = text.split(/^## /m).find(part => part.startsWith('Run it\n')) ?? ''
  const cells = [...section.matchAll(/^\| (`--.*?) \|/gm)].map(([, cell = '']) => cell)
  const documented = cells.flatMap(cell => cell.match(/--[a-z-]+/g) ?? [])
  const flags = [...helpText('0.0.0').matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = '']) => flag)
  expect(documented.toSorted()).toEqual(flags.filter(flag => !ALWAYS.includes(flag)).toSorted())
})
