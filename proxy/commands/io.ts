import { createReadStream } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../config/environment.ts'

/** The surroundings of a command: all that it reads, writes and is told from outside. */
export interface CommandIo {
  readonly env: Environment
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly version: string
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds since some moment; never set, unlike the time of day. */
  readonly monotonicMs: () => number
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  /** A number in [0, 1). */
  readonly random: () => number
  /** What tells this process from others of its kind: the name of its host. */
  readonly instanceId: string
  readonly memoryBytes: () => number
  readonly cpuSeconds: () => number
  /** Calls back when the program is asked to end. */
  readonly onStop: (callback: () => void) => void
}

/** The bytes of a file, or of standard input for `-`. Errors come while they are read. */
export function openInput(path: string, io: CommandIo): Readable {
  return path === '-' ? io.stdin : createReadStream(path)
}
