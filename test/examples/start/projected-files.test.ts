import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { writeProjectedFiles } from '../../../examples/start/projected-files.ts'

let directory: string

beforeEach(async () => {
  directory = path.join(await mkdtemp(path.join(tmpdir(), 'projected-')), 'volume')
})

afterEach(() => rm(path.dirname(directory), { recursive: true }))

describe('files of a projected volume', () => {
  test('are links through ..data', async () => {
    await writeProjectedFiles(directory, { 'config.yaml': 'one' }, '1')

    expect(await readlink(path.join(directory, 'config.yaml'))).toBe(path.join('..data', 'config.yaml'))
    expect(await readFile(path.join(directory, 'config.yaml'), 'utf8')).toBe('one')
  })

  test('change together, and what they were is gone', async () => {
    await writeProjectedFiles(directory, { a: '1', b: '1' }, '1')
    await writeProjectedFiles(directory, { a: '2', b: '2' }, '2')

    expect(await readFile(path.join(directory, 'a'), 'utf8')).toBe('2')
    expect(await readFile(path.join(directory, 'b'), 'utf8')).toBe('2')
    expect((await readdir(directory)).sort()).toEqual(['..2', '..data', 'a', 'b'])
  })

  test('that are no longer there are no longer seen', async () => {
    await writeProjectedFiles(directory, { a: '1', b: '1' }, '1')
    await writeProjectedFiles(directory, { a: '2' }, '2')

    expect((await readdir(directory)).sort()).toEqual(['..2', '..data', 'a'])
  })

  test('may be none: an optional ConfigMap that is absent is an empty directory', async () => {
    await writeProjectedFiles(directory, {}, 'absent')

    expect(await readdir(directory)).toEqual(['..absent', '..data'])
  })

  test('written again with the same version stay', async () => {
    await writeProjectedFiles(directory, { a: '1' }, '1')
    await writeProjectedFiles(directory, { a: '1' }, '1')

    expect(await readFile(path.join(directory, 'a'), 'utf8')).toBe('1')
  })
})
