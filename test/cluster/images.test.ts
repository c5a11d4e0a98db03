import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { imageArchive } from './images/archive.ts'
import { executableImage } from './images/executables.ts'
import { imagesInArchive } from './images/manifest.ts'
import { tar } from './images/tar.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-images-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

/** Unpacks an archive with the machine's tar. */
async function unpack(archive: Buffer, name = 'unpacked.tar'): Promise<void> {
  await writeFile(join(directory, name), archive)
  await promisify(execFile)('tar', ['--extract', '--file', name], { cwd: directory })
}

const image = {
  name: 'example.test/hello:1',
  files: [{ path: 'bin/hello', content: Buffer.from('#!'), mode: 0o755 }],
  entrypoint: ['/bin/hello'],
  user: '65534:65534',
  architecture: 'amd64',
}

describe('a tar archive', () => {
  test('unpacks to the files that went in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async bytes => {
        await unpack(tar([{ path: 'data/file', content: Buffer.from(bytes), mode: 0o640 }]))
        expect(await readFile(join(directory, 'data', 'file'))).toEqual(Buffer.from(bytes))
        expect((await stat(join(directory, 'data', 'file'))).mode & 0o777).toBe(0o640)
      }),
      { numRuns: 10 },
    )
  })

  test('cannot have a path that does not fit its header', () => {
    const path = 'a'.repeat(101)
    expect(() => tar([{ path, content: Buffer.alloc(0), mode: 0o644 }])).toThrow(/at most 100 bytes.*aaa/)
  })
})

describe('an image archive', () => {
  test('is the same for the same image', () => {
    expect(imageArchive(image)).toEqual(imageArchive(structuredClone(image)))
  })

  test('names a configuration and a layer by what is in them', async () => {
    await unpack(imageArchive(image))
    const [entry] = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'))
    expect(entry.RepoTags).toEqual(['example.test/hello:1'])
    const config = await readFile(join(directory, entry.Config))
    const layer = await readFile(join(directory, entry.Layers[0]))
    expect(entry.Config).toBe(`${sha256(config)}.json`)
    expect(JSON.parse(config.toString())).toEqual({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/bin/hello'], User: '65534:65534' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    })
    await unpack(layer, 'layer.tar')
    expect(await readFile(join(directory, 'bin', 'hello'), 'utf8')).toBe('#!')
  })

  test('tells which images it holds', async () => {
    const path = join(directory, 'hello.tar')
    await writeFile(path, imageArchive(image))
    const id = expect.stringMatching(/^[0-9a-f]{64}\.json$/)
    expect([...(await imagesInArchive(path))]).toEqual([['example.test/hello:1', id]])
  })

  test.each([
    ['an archive of other files', tar(image.files), /no manifest\.json/],
    ['an empty file', Buffer.alloc(0), /no manifest\.json/],
    ['a file of another format', Buffer.from('hello\0'.padEnd(600)), /no tar header at byte 0/],
    [
      'a manifest that is none',
      tar([{ path: 'manifest.json', content: Buffer.from('{}'), mode: 0o644 }]),
      /array/,
    ],
  ])('is not %s', async (_, content, message) => {
    const path = join(directory, 'other.tar')
    await writeFile(path, content)
    await expect(imagesInArchive(path)).rejects.toMatchObject({
      code: 'E_IMAGE',
      message: expect.stringMatching(message),
    })
  })
})

test('an executable is packed once for each name', async () => {
  const executable = join(directory, 'hello')
  await writeFile(executable, '#!', { mode: 0o755 })
  const first = await executableImage(executable, 'example.test/hello:1')
  expect(await executableImage(executable, 'example.test/hello:1')).toBe(first)
  expect(await executableImage(executable, 'example.test/hello:2')).not.toBe(first)
  expect(await readdir(directory)).toHaveLength(3)
})

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
