import { readFile } from 'node:fs/promises'
import { messageOf } from '../errors.ts'
import { UpstreamError } from './errors.ts'

/** A token that is safe to send: no blanks, control characters or line ends within. */
const TOKEN = /^[\x21-\x7e]+$/

/**
 * The value of the Authorization header for the token in a file. The file is read for each scrape, because Kubernetes
 * replaces service account tokens while they are in use.
 *
 * @throws {UpstreamError} if the file cannot be read or holds no token
 */
export async function bearerAuthorization(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new UpstreamError('E_UPSTREAM_TOKEN', `bearer_token_file: ${messageOf(cause)}`, { cause })
  }
  const token = text.trim()
  if (!TOKEN.test(token))
    throw new UpstreamError(
      'E_UPSTREAM_TOKEN',
      `bearer_token_file: ${path} does not hold one token on one line`,
    )
  return `Bearer ${token}`
}
