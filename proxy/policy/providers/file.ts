import { open } from 'node:fs/promises'
import { type Closeable, type WatchOptions, watchFiles } from '../../config/watch.ts'
import { codeOf, messageOf } from '../../errors.ts'
import { PolicyProviderError } from '../errors.ts'
import { POLICY_BYTES_MAX } from '../limits.ts'
import type { PolicyReading } from '../policy.ts'
import { parsePolicyText, readPolicies } from '../schema/document.ts'
import { type PolicyLog, ProviderHealth, type ProviderStatus } from './health.ts'
import type { PolicyProvider, ReplacePolicies } from './provider.ts'

/** What a file provider is made of. */
export interface FileProviderOptions {
  readonly id: string
  readonly path: string
  readonly replace: ReplacePolicies
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: PolicyLog
  readonly watch?: WatchOptions
}

/** @throws {PolicyProviderError} E_POLICY_FILE or E_POLICY_SIZE */
async function readBounded(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { size } = await file.stat()
    if (size <= POLICY_BYTES_MAX) return await file.readFile('utf8')
  } catch (cause) {
    const reason = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause)
    throw new PolicyProviderError('E_POLICY_FILE', `${path}: ${reason}`, { cause })
  }
  throw new PolicyProviderError('E_POLICY_SIZE', `${path}: larger than ${POLICY_BYTES_MAX} bytes`)
}

/**
 * Reads the policies of a file, JSON or YAML.
 *
 * @throws {PolicyProviderError} if it cannot be used as a whole
 */
export async function readPolicyFile(path: string): Promise<readonly PolicyReading[]> {
  return readPolicies(path, parsePolicyText(path, await readBounded(path)))
}

/** Policies of one file, JSON or YAML, read again when it changes. A file that cannot be used changes nothing. */
export class FileProvider implements PolicyProvider {
  readonly #options: FileProviderOptions
  readonly #health: ProviderHealth
  #watcher: Closeable | undefined
  #text: string | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(options: FileProviderOptions) {
    this.#options = options
    const { id, path, now, log } = options
    this.#health = new ProviderHealth({ id, type: 'file', source: path }, now, log)
  }

  get status(): ProviderStatus {
    return this.#health.status
  }

  start(): void {
    const look = (): void => void this.look()
    this.#watcher = watchFiles([this.#options.path], look, this.#options.watch)
    look()
  }

  /** Looks at the file; one look at a time. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look())
    return this.#looking
  }

  close(): void {
    this.#watcher?.close()
  }

  async #look(): Promise<void> {
    const { path, replace } = this.#options
    try {
      const text = await readBounded(path)
      const changed = text !== this.#text
      const readings = changed ? readPolicies(path, parsePolicyText(path, text)) : undefined
      if (readings !== undefined) replace(readings)
      this.#text = text
      this.#health.succeeded(readings?.length)
    } catch (error) {
      this.#health.failed(error)
    }
  }
}
