import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** The environment variables of a process, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The directory for what takes long to make, outside the repository so that a fresh clone finds it again:
 * METRICGATE_CACHE, else `metricgate` under XDG_CACHE_HOME, else under `~/.cache`.
 *
 * A relative XDG_CACHE_HOME is ignored, as the XDG Base Directory Specification asks.
 */
export function cacheDirectory(environment: Environment): string {
  if (environment.METRICGATE_CACHE) return resolve(environment.METRICGATE_CACHE)
  const { XDG_CACHE_HOME: xdg } = environment
  if (xdg && isAbsolute(xdg)) return join(xdg, 'metricgate')
  return join(environment.HOME || homedir(), '.cache', 'metricgate')
}
