import { watch as watchWithSystem } from 'node:fs'
import { dirname } from 'node:path'

/** Something that is under way until it is closed. */
export interface Closeable {
  close(): void
}

/** Tells of events in a directory, or that there are no more (`onEnd`). Throws if the directory cannot be watched. */
export type WatchDirectory = (directory: string, onEvent: () => void, onEnd: () => void) => Closeable

/** How files are watched. */
export interface WatchOptions {
  /** Milliseconds between looks that do not wait for an event: file systems may not tell of all changes. */
  readonly pollMs?: number
  /** Milliseconds after an event until the files are looked at, so that whoever writes them can finish. */
  readonly settleMs?: number
  readonly watchDirectory?: WatchDirectory
}

const watchBySystem: WatchDirectory = (directory, onEvent, onEnd) => {
  const watcher = watchWithSystem(directory, { persistent: false }, onEvent)
  watcher.on('error', onEnd)
  watcher.on('close', onEnd)
  return watcher
}

/**
 * Calls `look` when one of the files may have changed. Their directories are watched rather than the files: editors
 * replace files, and a ConfigMap volume swaps the symbolic link `..data` beside them.
 */
export function watchFiles(
  paths: readonly string[],
  look: () => void,
  options: WatchOptions = {},
): Closeable {
  const { pollMs = 10_000, settleMs = 100, watchDirectory = watchBySystem } = options
  const watchers = new Map<string, Closeable>()
  let settling: NodeJS.Timeout | undefined
  let closed = false

  const onEvent = (): void => {
    if (closed) return
    clearTimeout(settling)
    settling = setTimeout(look, settleMs)
  }
  const watchAll = (): void => {
    for (const directory of new Set(paths.map(dirname))) {
      if (watchers.has(directory)) continue
      try {
        watchers.set(
          directory,
          watchDirectory(directory, onEvent, () => watchers.delete(directory)),
        )
      } catch {
        // The directory is not there yet, or the system has no watches left: the poll finds changes, and tries again.
        watchers.delete(directory)
      }
    }
  }
  watchAll()
  const poll = setInterval(() => {
    watchAll()
    look()
  }, pollMs)
  poll.unref()
  return {
    close: () => {
      closed = true
      clearInterval(poll)
      clearTimeout(settling)
      for (const watcher of [...watchers.values()]) watcher.close()
    },
  }
}
