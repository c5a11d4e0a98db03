import { createHash } from 'node:crypto'
import { type TarEntry, tar } from './tar.ts'

/** An image of one layer that holds nothing but the files named: what a static executable needs. */
export interface ScratchImage {
  /** The reference that pods use: `metricgate.test/pause:1`. */
  readonly name: string
  readonly files: readonly TarEntry[]
  readonly entrypoint: readonly string[]
  /** `65534:65534`, say: numeric, because the image has no /etc/passwd. */
  readonly user: string
  /** In Go's terms, which are the image specification's: `amd64`. */
  readonly architecture: string
}

/**
 * Writes an image as an archive that `docker load`, `ctr images import` and buildah's `docker-archive:` read, the same bytes for the
 * same image. Format: Docker Image Specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
 */
export function imageArchive({ name, files, entrypoint, user, architecture }: ScratchImage): Buffer {
  const layer = tar(files)
  const config = json({
    architecture,
    os: 'linux',
    config: { Entrypoint: entrypoint, User: user },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
  })
  const configPath = `${sha256(config)}.json`
  const layerPath = `${sha256(layer)}.tar`
  const manifest = json([{ Config: configPath, RepoTags: [name], Layers: [layerPath] }])
  return tar([
    { path: 'manifest.json', content: manifest, mode: 0o644 },
    { path: configPath, content: config, mode: 0o644 },
    { path: layerPath, content: layer, mode: 0o644 },
  ])
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
