import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ensureBinaries, PROGRAMS } from './assets/binaries.ts'
import { cacheDirectory } from './assets/cache.ts'
import { isAtLeast } from './assets/go.ts'
import { BuildProgress } from './assets/progress.ts'
import { resolveAssets } from './assets/resolve.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-assets-'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

/** Makes a directory of scripts named like the programs that a test pretends are installed. */
async function directoryWith(name: string, programs: readonly string[], script = 'exit 1'): Promise<string> {
  const path = join(directory, name)
  await mkdir(path)
  for (const program of programs) {
    await writeFile(join(path, program), `#!/bin/sh\n${script}\n`)
    await chmod(join(path, program), 0o755)
  }
  return path
}

const neverReport = (line: string) => {
  throw new Error(`unexpected report: ${line}`)
}

describe('the cache directory', () => {
  const home = { HOME: '/home/ada' }
  test.each([
    ['~/.cache/metricgate by default', home, '/home/ada/.cache/metricgate'],
    ['under XDG_CACHE_HOME', { ...home, XDG_CACHE_HOME: '/var/cache/ada' }, '/var/cache/ada/metricgate'],
    ['not under a relative XDG_CACHE_HOME', { ...home, XDG_CACHE_HOME: 'x' }, '/home/ada/.cache/metricgate'],
    ['METRICGATE_CACHE before all', { ...home, XDG_CACHE_HOME: '/x', METRICGATE_CACHE: '/y' }, '/y'],
    ['an empty METRICGATE_CACHE is none', { ...home, METRICGATE_CACHE: '' }, '/home/ada/.cache/metricgate'],
  ])('is %s', (_, environment, expected) => {
    expect(cacheDirectory(environment)).toBe(expected)
  })
})

describe('KUBEBUILDER_ASSETS', () => {
  test('is where the programs are taken from', async () => {
    const assets = await directoryWith('complete', PROGRAMS)
    const found = await resolveAssets({ environment: { KUBEBUILDER_ASSETS: assets }, report: neverReport })
    expect(found).toEqual({
      etcd: join(assets, 'etcd'),
      kubeApiServer: join(assets, 'kube-apiserver'),
      kubeControllerManager: join(assets, 'kube-controller-manager'),
      kubectl: join(assets, 'kubectl'),
    })
  })

  test('may lack kubectl', async () => {
    const assets = await directoryWith('no-kubectl', ['etcd', 'kube-apiserver', 'kube-controller-manager'])
    const found = await resolveAssets({ environment: { KUBEBUILDER_ASSETS: assets }, report: neverReport })
    expect(found.kubectl).toBeUndefined()
  })

  test('without kube-controller-manager, as setup-envtest fills it, takes that one from the build', async () => {
    const assets = await directoryWith('envtest', ['etcd', 'kube-apiserver', 'kubectl'])
    const reports: string[] = []
    const environment = { ...process.env, KUBEBUILDER_ASSETS: assets }
    const found = await resolveAssets({ environment, report: line => reports.push(line) })
    const built = await ensureBinaries({ environment: process.env, report: neverReport })
    expect(found.kubeApiServer).toBe(join(assets, 'kube-apiserver'))
    expect(found.kubeControllerManager).toBe(join(built, 'kube-controller-manager'))
    expect(reports).toContain(`${assets} has no kube-controller-manager: it is built from source`)
  })

  test.each([
    ['a directory that lacks one', ['kube-apiserver'], /no executable etcd;/],
    ['a directory that lacks both', [], /no executable etcd and no kube-apiserver;/],
  ])('that names %s is refused with the missing programs', async (name, programs, message) => {
    const assets = await directoryWith(name, programs)
    const resolved = resolveAssets({ environment: { KUBEBUILDER_ASSETS: assets }, report: neverReport })
    await expect(resolved).rejects.toMatchObject({
      code: 'E_ASSETS',
      message: expect.stringMatching(message),
    })
  })
})

describe('building needs Go', () => {
  test('and says so when there is none', async () => {
    const environment = { PATH: directory, METRICGATE_CACHE: directory }
    await expect(resolveAssets({ environment, report: neverReport })).rejects.toMatchObject({
      code: 'E_GO',
      message: expect.stringMatching(
        /Go 1\.26\.0 or later, and there is no `go` in PATH; .*KUBEBUILDER_ASSETS/,
      ),
    })
  })

  test('and says so when it is too old', async () => {
    const path = await directoryWith('old-go', ['go'], 'echo go1.19.8; echo linux; echo amd64')
    const environment = { PATH: path, METRICGATE_CACHE: directory }
    await expect(resolveAssets({ environment, report: neverReport })).rejects.toMatchObject({
      code: 'E_GO',
      message: expect.stringContaining('`go` is go1.19.8'),
    })
  })

  test.each([
    ['go1.26.0', '1.26.0', true],
    ['go1.26.8', '1.26.0', true],
    ['go1.27rc1', '1.26.0', true],
    ['go1.30', '1.26.4', true],
    ['go2.0', '1.26.4', true],
    ['devel go1.27-abcdef', '1.26.0', true],
    ['go1.26.3', '1.26.4', false],
    ['go1.26', '1.26.1', false],
    ['go1.9.7', '1.26.0', false],
  ])('%s is enough for %s: %p', (version, required, enough) => {
    expect(isAtLeast(version, required)).toBe(enough)
  })
})

describe('the progress of a build', () => {
  test('counts downloads until the number of packages is known', () => {
    const progress = new BuildProgress(0)
    progress.line('go: downloading k8s.io/api v0.37.2')
    expect(progress.summary(5_900)).toBe('1 modules downloaded, 5 s, now at downloading k8s.io/api v0.37.2')
  })

  test('then counts packages', () => {
    const progress = new BuildProgress(2735)
    for (const line of ['internal/abi', '# a/warning', 'k8s.io/api/core/v1']) progress.line(line)
    expect(progress.summary(80_000)).toBe(
      '2 of at most 2735 packages compiled, 1 min 20 s, now at k8s.io/api/core/v1',
    )
  })
})
