import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bearerAuthorization } from '../../../proxy/upstream/bearer-token.ts'

let directory: string
let path: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-token-'))
  path = join(directory, 'token')
})

afterAll(() => rm(directory, { recursive: true }))

test('is the content of the file, without the newline at its end', async () => {
  await writeFile(path, 'abc.def\n')
  expect(await bearerAuthorization(path)).toBe('Bearer abc.def')
})

test('follows the file when it changes', async () => {
  await writeFile(path, 'one')
  await bearerAuthorization(path)
  await writeFile(path, 'two')
  expect(await bearerAuthorization(path)).toBe('Bearer two')
})

test.each(['', '\n', 'two words', 'a\nb', 'a\r\nx-injected: 1', 'ключ'])('%j is no token', async text => {
  await writeFile(path, text)
  await expect(bearerAuthorization(path)).rejects.toMatchObject({
    code: 'E_UPSTREAM_TOKEN',
    message: `bearer_token_file: ${path} does not hold one token on one line`,
  })
})

test('a file that is not there is named', async () => {
  await expect(bearerAuthorization(join(directory, 'none'))).rejects.toMatchObject({
    code: 'E_UPSTREAM_TOKEN',
    message: expect.stringContaining(join(directory, 'none')),
  })
})
