import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

const RETRY_MS = 250
const SQLITE_BUSY = 5

/**
 * Runs `work` while nobody else, in this process or another, runs under the same lock file; `onWait` is called once when
 * somebody does.
 *
 * The lock is SQLite's lock of an empty database: Node.js has no flock(2) of its own, and like that one it ends with its
 * process, however that ends.
 * @throws Error when the file cannot be made
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(path)
  try {
    if (!tryLock(lock)) {
      onWait()
      while (!tryLock(lock)) await delay(RETRY_MS)
    }
    return await work()
  } finally {
    lock.close()
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false
    throw error
  }
}
