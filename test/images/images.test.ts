import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { BASE_REFERENCE, baseRecipe, debianMirror } from './base.ts'
import { run } from './command.ts'
import { parseSettings } from './npm-access.ts'
import { ensurePrograms } from './programs.ts'
import { copiedPaths, excludedPaths, hashSources, stageBases } from './sources.ts'

const ROOT = join(import.meta.dirname, '..', '..')

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-images-'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

describe.each(['proxy', 'operator'])('Dockerfile.%s', program => {
  const dockerfile = () => readFile(join(ROOT, `Dockerfile.${program}`), 'utf8')

  test('starts both stages from the image that the base image here stands in for', async () => {
    for (const name of stageBases(await dockerfile()))
      expect(`docker.io/library/${name}`).toBe(BASE_REFERENCE)
  })

  test('runs nothing in the final stage, so that it is the same for every architecture', async () => {
    const [, finalStage = ''] = (await dockerfile()).split(/^FROM (?!.* AS )/m)
    expect(finalStage).toContain('COPY --from=build')
    expect(finalStage).not.toMatch(/^RUN /m)
  })
})

test('the Node.js of the base image has the major version of its name', async () => {
  const { nodeVersion } = await baseRecipe()
  expect(BASE_REFERENCE).toMatch(new RegExp(`:${nodeVersion.split('.')[0]}-`))
})

test('what a Dockerfile copies from its directory is found, and what it copies from a stage is not', () => {
  const dockerfile =
    'FROM a AS b\nCOPY package.json package-lock.json ./\nCOPY proxy proxy\nCOPY --from=b /x /y\n'
  expect(copiedPaths(dockerfile)).toEqual(['package.json', 'package-lock.json', 'proxy'])
})

test('of a .dockerignore the plain paths are what is excluded again', () => {
  expect(excludedPaths('*\n!proxy\n# a comment\nproxy/made.ts\n')).toEqual(['proxy/made.ts'])
})

describe('the hash of the sources of an image', () => {
  const files = {
    Dockerfile: 'FROM a\nCOPY src src\n',
    '.dockerignore': '*\n!src\nsrc/made.ts\n',
    'src/a.ts': 'a',
    'src/deep/b.ts': 'b',
    'src/made.ts': 'made',
    'README.md': 'read me',
  }
  let count = 0

  async function hash(changes: Readonly<Record<string, string>> = {}, time = 1): Promise<string> {
    count += 1
    const place = join(directory, `sources-${count}`)
    await mkdir(join(place, 'src', 'deep'), { recursive: true })
    for (const [name, text] of Object.entries({ ...files, ...changes })) {
      await writeFile(join(place, name), text)
      await utimes(join(place, name), time, time)
    }
    return hashSources(place, 'Dockerfile')
  }

  test.each([
    ['the content of a file', { 'src/deep/b.ts': 'B' }],
    ['a new file', { 'src/c.ts': '' }],
    ['the Dockerfile', { Dockerfile: 'FROM b\nCOPY src src\n' }],
  ])('changes with %s', async (_, changes) => {
    expect(await hash(changes)).not.toBe(await hash())
  })

  test.each([
    ['place and times', {}],
    ['a file that is not copied', { 'README.md': 'read it' }],
    ['an excluded file', { 'src/made.ts': 'made otherwise' }],
  ])('does not change with %s', async (_, changes) => {
    expect(await hash(changes, 2)).toBe(await hash())
  })
})

test.each([
  ['of the main archive', 'http://a/debian/ bookworm main Debian\n', 'http://a/debian/'],
  ['that apt has not yet asked', 'http://a/debian/ bookworm main \n', 'http://a/debian/'],
  [
    'after those of updates',
    'http://b/ bookworm-security main Debian\nhttp://a/ bookworm main Debian\n',
    'http://a/',
  ],
  ['not of a vendor with the same suite', 'http://c/apt bookworm main Vendor\n', undefined],
  ['not of another suite', 'http://a/debian/ trixie main Debian\n', undefined],
  ['of nothing', '', undefined],
])('the Debian mirror is the source %s', (_, lines, expected) => {
  expect(debianMirror(lines)).toBe(expected)
})

test('of npm’s settings those without a value are left out', () => {
  const text =
    'registry=https://registry.example/\ncafile=/ca.pem\nproxy=null\nnoproxy=\nuserconfig=/root/.npmrc\n'
  expect([...parseSettings(text)]).toEqual([
    ['registry', 'https://registry.example/'],
    ['cafile', '/ca.pem'],
    ['userconfig', '/root/.npmrc'],
  ])
})

describe('running a command', () => {
  const options = { environment: { PATH: process.env.PATH } }

  test('gives what it prints, and gives it its input', async () => {
    const output = await run(['cat'], { ...options, input: Buffer.from('héllo') })
    expect(output.toString()).toBe('héllo')
  })

  test.each([
    ['exit code 3\nwhy', ['sh', '-c', 'echo why >&2; exit 3']],
    ['SIGKILL', ['sh', '-c', 'kill -9 $$']],
    ['ENOENT', ['no-such-program']],
  ])('fails with the command and %j', async (reason, command) => {
    const failure = run(command, { ...options, input: Buffer.alloc(1_000_000) })
    await expect(failure).rejects.toMatchObject({ code: 'E_COMMAND' })
    await expect(failure).rejects.toThrow(command.join(' '))
    await expect(failure).rejects.toThrow(reason)
  })
})

describe('programs that are needed', () => {
  const context = (report: (line: string) => void) => ({ environment: { PATH: directory }, report })
  const neverReport = (line: string) => {
    throw new Error(`unexpected report: ${line}`)
  }

  test('are looked for in PATH', async () => {
    await writeFile(join(directory, 'builder'), '', { mode: 0o755 })
    await ensurePrograms({ builder: 'builder-package' }, context(neverReport))
  })

  test('and missing, are named with their packages where apt-get cannot install them', async () => {
    const failure = ensurePrograms({ missing: 'some-package' }, context(neverReport))
    await expect(failure).rejects.toMatchObject({ code: 'E_PROGRAMS' })
    await expect(failure).rejects.toThrow('apt-get install --no-install-recommends some-package')
  })
})
