import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { operatorCommand } from '../../../bench/operator/operator-process.ts'

test('the operator is started as its image does it, with the flags of Node that it has', () => {
  const dockerfile = 'FROM node\nENTRYPOINT ["node", "--flag=1", "/app/operator.js"]\n'
  expect(operatorCommand(dockerfile, '/tmp/operator.js')).toEqual([
    process.execPath,
    '--flag=1',
    '/tmp/operator.js',
  ])
})

test('the image that there is, is understood', () => {
  const dockerfile = readFileSync(path.join(import.meta.dirname, '../../../Dockerfile.operator'), 'utf8')
  expect(operatorCommand(dockerfile, '/tmp/operator.js').at(-1)).toBe('/tmp/operator.js')
})
