import { codeOf, messageOf } from '../errors.ts'
import { UpstreamError, type UpstreamErrorCode } from './errors.ts'

/** What Node's codes mean for someone who runs an application. */
const CONNECT_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused; is the application listening on that port?',
  ENOTFOUND: 'the host name does not resolve',
  EAI_AGAIN: 'the host name does not resolve now; the DNS server did not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
}

const TLS_CODE = /^(?:ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/

const TLS_ADVICE = 'set tls_config (ca_file, server_name), or insecure_skip_verify to trust any certificate'

function describe(code: string, message: string): { code: UpstreamErrorCode; text: string } {
  const advice = CONNECT_ADVICE[code]
  if (advice !== undefined) return { code: 'E_UPSTREAM_CONNECT', text: advice }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return {
      code: 'E_UPSTREAM_TLS',
      text: `TLS failed (${message.trim()}); does the application serve https?`,
    }
  if (TLS_CODE.test(code))
    return { code: 'E_UPSTREAM_TLS', text: `the certificate is refused (${message}); ${TLS_ADVICE}` }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'E_HTTP_HEAD_SIZE')
    return { code: 'E_UPSTREAM_HEADERS', text: 'the head of the response is too large' }
  if (code.startsWith('HPE_') || code === 'E_HTTP_HEAD')
    return { code: 'E_UPSTREAM_HEADERS', text: `the response is not valid HTTP (${message})` }
  return { code: 'E_UPSTREAM_CONNECT', text: `the connection broke off before the response (${message})` }
}

/** The error of a request that got no response. What is no fault of the network is a fault of ours, and stays. */
export function requestFailure(url: string, cause: unknown): unknown {
  const code = codeOf(cause)
  if (code === '' || code === 'UND_ERR_INVALID_ARG') return cause
  const { code: ours, text } = describe(code, messageOf(cause))
  return new UpstreamError(ours, `upstream ${url}: ${text}`, { cause })
}

/** The error of a body that does not end as it should. */
export function bodyFailure(url: string, cause: unknown): UpstreamError {
  return new UpstreamError('E_UPSTREAM_BODY', `upstream ${url}: the body broke off (${messageOf(cause)})`, {
    cause,
  })
}

/** Whether a request on a kept connection failed only because the upstream had closed it, so that a new try is due. */
export function isStaleConnection(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error))
}
