import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Environment } from '../cluster/assets/cache.ts'
import type { ImageArchive } from './archive.ts'
import { CONFINEMENT, runConfined } from './command.ts'
import { ImageError } from './errors.ts'

// As Kubernetes runs a container under Pod Security `restricted`, with readOnlyRootFilesystem: the image's user, no capability and
// no way to get one, nothing writable. Network and kernel are the machine's. The shell stays: a process that changes its user is
// no longer told of its parent's end, and the shell takes it along.
const ENTER = `set -e
root=$1 user=$2 group=$3
shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
setpriv --no-new-privs --clear-groups unshare --root="$root" --wd=/ --setgid="$group" --setuid="$user" -- "$@"
exit $?`

/** An image unpacked into a directory, whose programs can be run as a restricted pod would run them; needs root. */
export class Container implements AsyncDisposable {
  readonly #image: ImageArchive
  readonly #root: string

  private constructor(image: ImageArchive, root: string) {
    this.#image = image
    this.#root = root
  }

  /** @param directory where the image is unpacked, in a directory of its own that goes with the container */
  static async unpack(image: ImageArchive, directory: string): Promise<Container> {
    const root = await mkdtemp(join(directory, 'root-'))
    await chmod(root, 0o755) // the image's user has to read it
    await image.unpack(root)
    return new Container(image, root)
  }

  /**
   * Runs the image's entrypoint and resolves to what it prints.
   * @throws ImageError E_COMMAND when it fails
   */
  async run(...args: string[]): Promise<string> {
    return this.exec(...this.#image.config.config.Entrypoint, ...args)
  }

  /** Runs another program of the image; like `run` in all else. */
  async exec(...command: string[]): Promise<string> {
    const output = await runConfined(this.#entering(command), { environment: this.#environment() })
    return output.toString()
  }

  /**
   * Starts the image's entrypoint and resolves when it has printed a line that `probe` makes something of.
   * @throws ImageError E_COMMAND with what it printed when it ends before that
   */
  async start<T>(args: readonly string[], probe: (line: string) => T | undefined): Promise<Started<T>> {
    const [file = '', ...rest] = [
      ...CONFINEMENT,
      ...this.#entering([...this.#image.config.config.Entrypoint, ...args]),
    ]
    const child = spawn(file, rest, { env: this.#environment(), stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
    const stop = async () => {
      child.kill('SIGKILL')
      await ended
    }
    const printed: string[] = []
    for await (const line of createInterface(child.stdout)) {
      printed.push(line)
      const found = probe(line)
      if (found === undefined) continue
      child.stdout.resume()
      return { found, [Symbol.asyncDispose]: stop }
    }
    await stop()
    throw new ImageError('E_COMMAND', `${args.join(' ')} ended:\n${printed.join('\n')}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#root, { recursive: true, force: true })
  }

  #entering(command: readonly string[]): string[] {
    const [user = '', group = ''] = (this.#image.config.config.User ?? '').split(':')
    return ['sh', '-c', ENTER, 'enter', this.#root, user, group, ...command]
  }

  #environment(): Environment {
    return Object.fromEntries(this.#image.config.config.Env.map(line => line.split(/=(.*)/s, 2)))
  }
}

/** A program that runs until it is disposed of, and what its output was waited for. */
export interface Started<T> extends AsyncDisposable {
  readonly found: T
}
