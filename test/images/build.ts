import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildContext } from '../cluster/assets/binaries.ts'
import { cacheDirectory } from '../cluster/assets/cache.ts'
import { ImageArchive } from './archive.ts'
import { baseRecipe } from './base.ts'
import { ImageCache, type ImagePlan } from './cache.ts'
import { ensurePrograms } from './programs.ts'
import { hashOf, hashSources } from './sources.ts'

/** An image of ours, ready to be imported. */
export interface Image {
  /** The full name: registry, repository and tag. */
  readonly reference: string
  /** Path of an archive in the format of `docker save`. */
  readonly archive: string
  /** Size of the layers that the base image does not have, uncompressed. */
  readonly bytesBeyondBase: number
}

/** The images of both programs, and the archive of the one that they are built on. */
export interface Images {
  readonly proxy: Image
  readonly operator: Image
  readonly base: string
}

/** What may differ from the images of this version. */
export interface ImageOptions {
  /** Default: the version of the package. Another one gives other images: it is in their labels. */
  readonly tag?: string
  /** The directory with the Dockerfiles and what they copy. Default: this repository. */
  readonly sources?: string
}

const ROOT = join(import.meta.dirname, '..', '..')
// By name, the Debian package that has it.
const NEEDED = { buildah: 'buildah', debootstrap: 'debootstrap', setpriv: 'util-linux', tar: 'tar' }

/**
 * Builds the images of the proxy and the operator from our Dockerfiles, on a base image made here.
 *
 * They are kept in the cache under a hash of all that goes into them, so a second call needs only a look. Several
 * processes may call this at once: one builds, the others wait for it. Times in the images are SOURCE_DATE_EPOCH, or 1970.
 * @throws ImageError E_PROGRAMS without root and the programs it needs, E_COMMAND when one of them fails
 */
export async function buildImages(context: BuildContext, options: ImageOptions = {}): Promise<Images> {
  const { sources = ROOT, tag = await packageVersion(sources) } = options
  const recipe = await baseRecipe()
  const epochSeconds = Number(context.environment.SOURCE_DATE_EPOCH ?? 0)
  const plan = async (program: 'proxy' | 'operator'): Promise<ImagePlan> => {
    const dockerfile = `Dockerfile.${program}`
    const key = hashOf(await hashSources(sources, dockerfile), recipe.key, epochSeconds)
    const reference = `docker.io/metricgate/${program}:${tag}`
    return { name: `${program}-${tag}`, key, reference, tag, sources, dockerfile, epochSeconds }
  }
  const plans = { proxy: await plan('proxy'), operator: await plan('operator') }
  const cache = new ImageCache(join(cacheDirectory(context.environment), 'images'), recipe, context)
  if (!(await cache.has(Object.values(plans)))) {
    await ensurePrograms(NEEDED, context)
    await cache.fill(Object.values(plans))
  }

  const base = await ImageArchive.open(cache.base, context.environment)
  const describe = async (plan: ImagePlan): Promise<Image> => {
    const archive = await ImageArchive.open(cache.archiveOf(plan), context.environment)
    const sizes = archive.layersBeyond(base).map(async layer => (await archive.readLayer(layer)).length)
    const bytesBeyondBase = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
    return { reference: plan.reference, archive: archive.path, bytesBeyondBase }
  }
  return {
    proxy: await describe(plans.proxy),
    operator: await describe(plans.operator),
    base: cache.base,
  }
}

async function packageVersion(sources: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(join(sources, 'package.json'), 'utf8'))
  return version
}
