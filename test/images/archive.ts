import * as z from 'zod'
import type { Environment } from '../cluster/assets/cache.ts'
import { run } from './command.ts'

const manifestSchema = z.tuple([
  z.object({ Config: z.string(), RepoTags: z.array(z.string()), Layers: z.array(z.string()) }),
])

const configSchema = z.object({
  config: z.object({
    User: z.string().optional(),
    Env: z.array(z.string()).default([]),
    Entrypoint: z.array(z.string()).default([]),
    Labels: z.record(z.string(), z.string()).default({}),
  }),
  history: z.array(z.object({ created_by: z.string().optional() })),
})

/** What an image tells a runtime about itself: the configuration of the OCI image specification, as far as tests read it. */
export type ImageConfig = z.output<typeof configSchema>

/** An image in an archive in the format of `docker save`. */
export class ImageArchive {
  readonly path: string
  /** The digest of the configuration, which names all layers: equal images have equal ones. */
  readonly id: string
  readonly references: readonly string[]
  readonly config: ImageConfig
  /** Names of the layers in the archive, the lowest first; equal layers have equal names. */
  readonly layers: readonly string[]
  readonly #environment: Environment

  private constructor(
    path: string,
    environment: Environment,
    [manifest]: z.output<typeof manifestSchema>,
    config: ImageConfig,
  ) {
    this.path = path
    this.#environment = environment
    this.id = manifest.Config.replace('.json', '')
    this.references = manifest.RepoTags
    this.layers = manifest.Layers
    this.config = config
  }

  /** @throws ImageError E_COMMAND when the file is not such an archive, ZodError when what it holds is not as expected */
  static async open(path: string, environment: Environment): Promise<ImageArchive> {
    const read = async (member: string): Promise<unknown> =>
      JSON.parse((await readMember(path, member, environment)).toString())
    const manifest = manifestSchema.parse(await read('manifest.json'))
    return new ImageArchive(path, environment, manifest, configSchema.parse(await read(manifest[0].Config)))
  }

  /** The layers that another image, such as its base, does not have. */
  layersBeyond(base: ImageArchive): string[] {
    return this.layers.filter(layer => !base.layers.includes(layer))
  }

  /** A layer as the tar archive that it is, uncompressed. */
  readLayer(layer: string): Promise<Buffer> {
    return readMember(this.path, layer, this.#environment)
  }

  /** What a layer has, as `ls -l` would show it: mode, owner, size in bytes, time, path. */
  async listLayer(layer: string): Promise<string[]> {
    const list = ['tar', '--list', '--verbose', '--utc', '--numeric-owner']
    const lines = await run(list, { environment: this.#environment, input: await this.readLayer(layer) })
    return lines.toString().trimEnd().split('\n')
  }

  /** Unpacks all layers into a directory. */
  async unpack(directory: string): Promise<void> {
    for (const layer of this.layers) {
      const unpack = ['tar', '--extract', '--numeric-owner', '--same-permissions', `--directory=${directory}`]
      await run(unpack, { environment: this.#environment, input: await this.readLayer(layer) })
    }
  }
}

function readMember(archive: string, member: string, environment: Environment): Promise<Buffer> {
  return run(['tar', '--extract', '--to-stdout', '--occurrence=1', `--file=${archive}`, member], {
    environment,
  })
}
