import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../cluster/assets/cache.ts'
import { runConfined } from './command.ts'
import type { ReadOnlyMount } from './npm-access.ts'

/** What buildah is to make of a Dockerfile. */
export interface Build {
  readonly dockerfile: string
  /** The directory that COPY reads from. */
  readonly context: string
  /** The name of the image: registry, repository and tag. */
  readonly reference: string
  readonly buildArguments?: Readonly<Record<string, string>>
  readonly labels?: Readonly<Record<string, string>>
  /** What RUN steps see of this machine. */
  readonly mounts: readonly ReadOnlyMount[]
  /** Stands for every time in the image, in seconds since 1970, so that equal contents are equal images. */
  readonly epochSeconds: number
}

/** buildah with an image store of its own: nothing of the machine's own store is read or written. */
export class Buildah {
  readonly #store: string
  readonly #scratch: string
  readonly #environment: Environment

  /**
   * @param store directory that keeps layers, so that a later build reuses them
   * @param scratch directory for what lives as long as a build; its owner removes it
   */
  constructor(store: string, scratch: string, environment: Environment) {
    this.#store = store
    this.#scratch = scratch
    this.#environment = environment
  }

  /** Whether an image is in the store, by its full name. */
  async has(reference: string): Promise<boolean> {
    const names = await this.#run(['images', '--format', '{{.Name}}:{{.Tag}}'])
    return names.split('\n').includes(reference)
  }

  /** Takes an image from an archive into the store. */
  async load(archive: string): Promise<void> {
    await this.#run(['pull', '--quiet', `docker-archive:${archive}`])
  }

  /** Builds an image into the store. RUN steps have the machine's network. */
  async build(build: Build): Promise<void> {
    await this.#run([
      'build',
      '--isolation=chroot',
      '--network=host',
      '--pull-never',
      '--layers',
      `--timestamp=${build.epochSeconds}`,
      ...build.mounts.map(mount => `--volume=${mount}`),
      ...settings('build-arg', build.buildArguments),
      ...settings('label', build.labels),
      `--file=${build.dockerfile}`,
      `--tag=${build.reference}`,
      build.context,
    ])
  }

  /** Writes an image of the store as an archive in the format of `docker save`, uncompressed. */
  async save(reference: string, archive: string): Promise<void> {
    await this.#run(['push', '--quiet', reference, `docker-archive:${archive}:${reference}`])
  }

  async #run(args: readonly string[]): Promise<string> {
    const temporary = join(this.#scratch, 'tmp')
    await mkdir(temporary, { recursive: true })
    const stores = [`--root=${this.#store}`, `--runroot=${join(this.#scratch, 'run')}`]
    const output = await runConfined(['buildah', ...stores, '--storage-driver=overlay', ...args], {
      environment: { ...this.#environment, TMPDIR: temporary },
    })
    return output.toString()
  }
}

function settings(flag: string, values: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(values).map(([name, value]) => `--${flag}=${name}=${value}`)
}
