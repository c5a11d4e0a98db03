import { REDIRECTS_MAX } from '../limits.ts'
import { UpstreamError } from './errors.ts'

const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Whether a response of this status may say in Location where to ask instead. */
export function isRedirect(status: number): boolean {
  return REDIRECT.has(status)
}

/**
 * Where a redirect leads. Prometheus follows redirects, but we do not carry the client's credentials, or a pod's trust,
 * to another origin.
 *
 * @param from what was asked for; `upstream` is the address in the configuration
 * @param followed how many redirects were followed before
 * @throws {UpstreamError} if it must not be followed
 */
export function redirectTarget(upstream: string, from: URL, location: string, followed: number): URL {
  const refuse = (why: string) =>
    new UpstreamError(
      'E_UPSTREAM_REDIRECT',
      `upstream ${upstream}: redirects to ${JSON.stringify(location)}, ${why}`,
    )
  const target = URL.parse(location, from)
  if (target === null) throw refuse('which is not a URL')
  if (target.origin !== from.origin)
    throw refuse('which is another origin; set upstream_url to it if it is meant')
  if (followed >= REDIRECTS_MAX) throw refuse(`after ${REDIRECTS_MAX} redirects`)
  return target
}
