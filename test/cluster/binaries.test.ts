import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type BuildContext, ensureBinaries, PROGRAMS } from './assets/binaries.ts'

/*
 * How builds are cached and shared. A script stands in for Go, which would take minutes; the other tests of this folder run
 * what the real one builds.
 */

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-binaries-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** A context in which `go build` runs a line of shell and notes in the file `builds` that it was called. */
async function contextWithGo(version: string, build: string): Promise<BuildContext> {
  const script = `#!/bin/sh
    case "$1" in
      env) echo ${version}; echo linux; echo amd64 ;;
      list) echo fmt; echo os ;;
      build)
        echo called >> '${directory}/builds'
        while [ "$1" != -o ]; do shift; done
        ${build} ;;
    esac`
  const bin = join(directory, version)
  await mkdir(bin, { recursive: true })
  await writeFile(join(bin, 'go'), script, { mode: 0o755 })
  return { environment: { PATH: bin, METRICGATE_CACHE: join(directory, 'cache') }, report: () => undefined }
}

async function builds(): Promise<number> {
  return (await readFile(join(directory, 'builds'), 'utf8')).trim().split('\n').length
}

const SUCCEED = 'echo executable > "$2"'

test('a build is one executable, and a link to it for each program', async () => {
  const built = await ensureBinaries(await contextWithGo('go1.26.8', SUCCEED))
  expect(await readdir(built)).toEqual(['controlplane', ...PROGRAMS])
  expect(await Promise.all(PROGRAMS.map(program => readlink(join(built, program))))).toEqual(
    PROGRAMS.map(() => 'controlplane'),
  )
})

test('the same sources are built once, however many ask at once', async () => {
  const context = await contextWithGo('go1.26.8', SUCCEED)
  const first = await Promise.all([ensureBinaries(context), ensureBinaries(context)])
  expect(new Set([...first, await ensureBinaries(context)]).size).toBe(1)
  expect(await builds()).toBe(1)
})

test('another version of Go builds anew, beside what is there', async () => {
  const before = await ensureBinaries(await contextWithGo('go1.26.8', SUCCEED))
  const after = await ensureBinaries(await contextWithGo('go1.26.9', SUCCEED))
  expect(after).not.toBe(before)
  expect(await builds()).toBe(2)
})

test('a failed build says what Go said, leaves nothing that looks built, and is tried again', async () => {
  const failing = await contextWithGo('go1.26.8', 'echo main.go:1: no such thing >&2; exit 1')
  await expect(ensureBinaries(failing)).rejects.toMatchObject({
    code: 'E_BUILD',
    message: expect.stringMatching(/^go build .* ended with 1:\nmain\.go:1: no such thing$/s),
  })
  expect(await readdir(join(directory, 'cache', 'binaries'))).toEqual(['lock'])
  await ensureBinaries(await contextWithGo('go1.26.8', SUCCEED))
  expect(await builds()).toBe(2)
})
