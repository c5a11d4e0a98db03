/** Why policies could not be had from a provider. Codes are labels of metrics. */
export type PolicyErrorCode =
  /** The file is not there, or cannot be read. */
  | 'E_POLICY_FILE'
  /** No connection to the server, or it broke off. */
  | 'E_POLICY_CONNECT'
  | 'E_POLICY_TIMEOUT'
  /** A status other than 2xx. */
  | 'E_POLICY_STATUS'
  /** More bytes or more policies than the limits allow. */
  | 'E_POLICY_SIZE'
  /** What came is not what the protocol says. */
  | 'E_POLICY_FORMAT'
  /** The server's own error message. */
  | 'E_POLICY_SERVER'

/** Policies could not be had from a provider; those that it gave before stay. */
export class PolicyProviderError extends Error {
  readonly code: PolicyErrorCode
  override readonly name = 'PolicyProviderError'

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
