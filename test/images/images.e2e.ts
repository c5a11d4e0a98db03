import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { ImageArchive } from './archive.ts'
import { buildImages, type Images } from './build.ts'
import { Container } from './container.ts'
import { startProxy } from './proxy.ts'

jest.setTimeout(600_000)

const ROOT = join(import.meta.dirname, '..', '..')
const SOURCES = [
  ...['Dockerfile.proxy', 'Dockerfile.operator', '.dockerignore'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'proxy', 'operator'],
]
const context = {
  environment: process.env,
  report: (line: string) => void process.stderr.write(`${line}\n`),
}

let directory: string
let sources: string
let images: Images
let version: string
let base: ImageArchive

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-images-'))
  version = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).version
  // A copy, so that all builds are of the same sources while somebody edits them.
  sources = join(directory, 'sources')
  for (const path of SOURCES) await cp(join(ROOT, path), join(sources, path), { recursive: true })
  images = await buildImages(context, { sources })
  base = await ImageArchive.open(images.base, process.env)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

describe.each([
  ['proxy', ['node', '--max-semi-space-size=1', '/app/proxy.js']],
  [
    'operator',
    [
      'node',
      '--max-semi-space-size=4',
      '--heap-growing-percent=30',
      '--initial-old-space-size=48',
      '/app/operator.js',
    ],
  ],
] as const)('the image of the %s', (program, entrypoint) => {
  let image: ImageArchive
  let container: Container

  beforeAll(async () => {
    image = await ImageArchive.open(images[program].archive, process.env)
    container = await Container.unpack(image, directory)
  })

  afterAll(() => container[Symbol.asyncDispose]())

  test('has the name that the manifests use', () => {
    const reference = `docker.io/metricgate/${program}:${version}`
    expect([images[program].reference, ...image.references]).toEqual([reference, reference])
  })

  test('runs its bundle as a user that is a number and not root', () => {
    expect(image.config.config).toMatchObject({ User: '65532:65532', Entrypoint: entrypoint })
  })

  test('has the labels of the OCI image specification', () => {
    expect(image.config.config.Labels).toMatchObject({
      'org.opencontainers.image.title': `metricgate-${program}`,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    })
  })

  test('adds its bundle to the base, in one layer, and no other file', async () => {
    const layers = image.layersBeyond(base)
    const files = await Promise.all(layers.map(layer => image.listLayer(layer)))
    expect(files.map(lines => lines.map(withoutSize))).toEqual([
      ['drwxr-xr-x 0/0 1970-01-01 00:00 app/', `-rwxr-xr-x 0/0 1970-01-01 00:00 app/${program}.js`],
    ])
  })

  test('has nothing of the machine that built it', () => {
    expect(image.config.config.Env).toEqual(base.config.config.Env)
    const history = image.config.history.map(step => step.created_by ?? '').join('\n')
    expect(history).not.toMatch(/npmrc|cafile|certificates|registry|\/root/i)
  })

  test('answers --version with a read-only root, no capabilities, and as its user', async () => {
    expect(await container.run('--version')).toContain(version)
  })
})

describe('a container of the proxy', () => {
  let container: Container

  beforeAll(async () => {
    container = await Container.unpack(await ImageArchive.open(images.proxy.archive, process.env), directory)
  })

  afterAll(() => container[Symbol.asyncDispose]())

  test('is as restricted as these tests say', async () => {
    const status = await container.exec('cat', '/proc/self/status')
    expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
    expect(status).toMatch(/^Groups:\t\s*$/m)
    expect(status).toMatch(/^CapPrm:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    await expect(container.exec('touch', '/tmp/file')).rejects.toThrow('Read-only file system')
  })

  test('serves, and ends when it is disposed of', async () => {
    const proxy = await startProxy(container)
    const answer = await fetch(`${proxy.url}/_health`)
    expect(answer.status).toBe(200)
    await proxy[Symbol.asyncDispose]()
    await expect(fetch(`${proxy.url}/_health`)).rejects.toThrow('fetch failed')
  })
})

test('the image depends on the bundle alone: another place, other times and an unused file change no digest', async () => {
  const elsewhere = join(directory, 'elsewhere')
  await cp(sources, elsewhere, { recursive: true })
  await writeFile(join(elsewhere, 'proxy', 'UNUSED'), 'Nothing imports this.')

  const again = await buildImages(context, { sources: elsewhere })
  for (const program of ['proxy', 'operator'] as const) {
    expect(again[program].archive).not.toBe(images[program].archive)
    const first = await ImageArchive.open(images[program].archive, process.env)
    const second = await ImageArchive.open(again[program].archive, process.env)
    expect(second.id).toBe(first.id)
  }
})

test('another tag gives another image with the same layers', async () => {
  const upgraded = await buildImages(context, { sources, tag: '0.1.1-upgraded' })
  expect(upgraded.proxy.reference).toBe('docker.io/metricgate/proxy:0.1.1-upgraded')
  const first = await ImageArchive.open(images.proxy.archive, process.env)
  const second = await ImageArchive.open(upgraded.proxy.archive, process.env)
  expect(second.id).not.toBe(first.id)
  expect(second.layers).toEqual(first.layers)
})

/** A line of `tar --list --verbose` without the size, which is what a bundle happens to have. */
function withoutSize(line: string): string {
  return line.replace(/^(\S+ \S+) +\d+/, '$1')
}
