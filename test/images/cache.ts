import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BuildContext } from '../cluster/assets/binaries.ts'
import { withLock } from '../cluster/assets/lock.ts'
import { BASE_REFERENCE, type BaseRecipe, makeBase } from './base.ts'
import { Buildah } from './buildah.ts'
import { npmAccess } from './npm-access.ts'
import { hashOf } from './sources.ts'

/** An image to build, and what it is called in the cache. */
export interface ImagePlan {
  /** Program and tag, for people. */
  readonly name: string
  /** Differs when anything does that the image is made of. */
  readonly key: string
  readonly reference: string
  readonly tag: string
  /** The directory that is built from, and the Dockerfile in it. */
  readonly sources: string
  readonly dockerfile: string
  readonly epochSeconds: number
}

// Of each name: the newest, and the one before, which a test may be reading.
const ARCHIVES_KEPT = 2
const PARTIAL = 'partial'

/** A directory of image archives, outside the repository, in which what is missing gets built. */
export class ImageCache {
  /** Path of the archive of the base image. */
  readonly base: string
  readonly #directory: string
  readonly #recipe: BaseRecipe
  readonly #context: BuildContext

  constructor(directory: string, recipe: BaseRecipe, context: BuildContext) {
    this.#directory = directory
    this.#recipe = recipe
    this.#context = context
    this.base = join(directory, `base-${recipe.key}.tar`)
  }

  archiveOf({ name, key }: ImagePlan): string {
    return join(this.#directory, `${name}-${key}.tar`)
  }

  /** Whether the images, and the base that they share, are there. */
  async has(plans: readonly ImagePlan[]): Promise<boolean> {
    const present = await Promise.all([this.base, ...plans.map(plan => this.archiveOf(plan))].map(exists))
    return !present.includes(false)
  }

  /** Builds what is missing, one process at a time. */
  async fill(plans: readonly ImagePlan[]): Promise<void> {
    await mkdir(this.#directory, { recursive: true })
    const onWait = () => this.#context.report('another process builds images: waiting for it')
    await withLock(join(this.#directory, 'lock'), onWait, async () => {
      const partial = join(this.#directory, PARTIAL)
      await rm(partial, { recursive: true, force: true }) // what a build that was killed has left
      try {
        await mkdir(partial)
        if (!(await exists(this.base))) await makeBase(this.#recipe, this.base, partial, this.#context)
        const stores = new Set<string>()
        for (const plan of plans) {
          if (await exists(this.archiveOf(plan))) continue
          const store = await this.#storeOf(plan)
          stores.add(store)
          await this.#build(plan, store, partial)
        }
        if (stores.size > 0) await this.#removeOld(stores)
      } finally {
        await rm(partial, { recursive: true, force: true })
      }
    })
  }

  async #build(plan: ImagePlan, store: string, partial: string): Promise<void> {
    const { environment, report } = this.#context
    report(`building ${plan.reference} (about a minute when its npm packages have changed)`)
    const buildah = new Buildah(join(this.#directory, store), partial, environment)
    if (!(await buildah.has(BASE_REFERENCE))) await buildah.load(this.base)
    await buildah.build({
      dockerfile: join(plan.sources, plan.dockerfile),
      context: plan.sources,
      reference: plan.reference,
      labels: { 'org.opencontainers.image.version': plan.tag },
      mounts: await npmAccess(partial, environment),
      epochSeconds: plan.epochSeconds,
    })
    const archive = join(partial, `${plan.name}.tar`)
    await buildah.save(plan.reference, archive)
    await rename(archive, this.archiveOf(plan))
  }

  /** The layers are kept for as long as the packages are the same, which are what takes time and space. */
  async #storeOf({ sources }: ImagePlan): Promise<string> {
    const packages = ['package.json', 'package-lock.json'].map(name => readFile(join(sources, name), 'utf8'))
    return `store-${hashOf(this.#recipe.key, ...(await Promise.all(packages)))}`
  }

  /** Forgets stores that were not used now, and all but the newest archives of each name. */
  async #removeOld(usedStores: ReadonlySet<string>): Promise<void> {
    const counts = new Map<string, number>()
    for (const file of await newestFirst(this.#directory)) {
      const name = /^(.+)-[0-9a-f]{16}(\.tar)?$/.exec(file)?.[1]
      if (name === undefined || usedStores.has(file)) continue
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      if (name === 'store' || count > ARCHIVES_KEPT)
        await rm(join(this.#directory, file), { recursive: true, force: true })
    }
  }
}

async function newestFirst(directory: string): Promise<string[]> {
  const files = await readdir(directory)
  const times = await Promise.all(
    files.map(async file => ({ file, time: (await stat(join(directory, file))).mtimeMs })),
  )
  return times.sort((a, b) => b.time - a.time).map(({ file }) => file)
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
