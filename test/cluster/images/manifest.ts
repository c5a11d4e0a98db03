import { type FileHandle, open } from 'node:fs/promises'
import * as z from 'zod'
import { ClusterError } from '../errors.ts'

const manifestSchema = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()) }))

const BLOCK = 512

/**
 * Reads which images an archive holds, without reading them: for each reference what identifies its image, which is the
 * name of its configuration file, a hash.
 * @throws ClusterError E_IMAGE when the file is not an image archive
 */
export async function imagesInArchive(path: string): Promise<Map<string, string>> {
  const file = await open(path)
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readEntry(file, 'manifest.json')))
    return new Map(manifest.flatMap(({ Config, RepoTags }) => RepoTags.map(tag => [tag, Config] as const)))
  } catch (error) {
    throw new ClusterError('E_IMAGE', `reading ${path} as an image archive: ${String(error)}`, {
      cause: error,
    })
  } finally {
    await file.close()
  }
}

/** Finds an entry of a tar archive by skipping from header to header; see tar.ts. */
async function readEntry(file: FileHandle, name: string): Promise<string> {
  const header = Buffer.alloc(BLOCK)
  for (let position = 0; ; ) {
    const { bytesRead } = await file.read(header, 0, BLOCK, position)
    const entry = header.toString('utf8', 0, header.indexOf(0))
    if (bytesRead < BLOCK || entry === '') throw new Error(`it has no ${name}`)
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8)
    if (Number.isNaN(size)) throw new Error(`it has no tar header at byte ${position}`)
    if (entry === name) {
      const content = Buffer.alloc(size)
      await file.read(content, 0, size, position + BLOCK)
      return content.toString()
    }
    position += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
}
