import * as z from 'zod'
import { quoted } from './scalars.ts'

/** An address as error messages show it. */
export const UPSTREAM_EXAMPLE = 'http://127.0.0.1:10254/metrics'

/**
 * The address of an application's metrics. `localhost:8080/metrics` gets `http://` in front, and an address without a
 * path means `/metrics`, as both forerunners' users write it. Answers with the URL, or with what is wrong with it.
 */
export function parseUpstreamUrl(value: string): { url: string } | { problem: string } {
  if (/^dns\+https?:/i.test(value))
    return { problem: `${quoted(value)}: scraping what a DNS name resolves to (dns+) is not available yet` }
  const address = value.includes('://') ? value : `http://${value}`
  const url = URL.parse(address)
  if (url === null || url.hostname === '')
    return { problem: `expected a URL such as ${UPSTREAM_EXAMPLE}, got ${quoted(value)}` }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return { problem: `expected an http or https URL, got ${quoted(value)}` }
  if (url.username !== '' || url.password !== '')
    return { problem: 'a user and password in the URL are not supported; use bearer_token_file' }
  if (url.hash !== '') return { problem: `expected a URL without a fragment (#…), got ${quoted(value)}` }
  if (url.pathname === '/') url.pathname = '/metrics'
  return { url: url.href }
}

/** Schema of {@link parseUpstreamUrl}. */
export const upstreamUrl = z
  .string({ error: issue => `expected a URL such as ${UPSTREAM_EXAMPLE}, got ${quoted(issue.input)}` })
  .transform((value, context): string => {
    const result = parseUpstreamUrl(value)
    if ('url' in result) return result.url
    context.addIssue({ code: 'custom', message: result.problem })
    return z.NEVER
  })
