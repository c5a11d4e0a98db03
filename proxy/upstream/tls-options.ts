/** Whom to trust over TLS. */
export interface TlsOptions {
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string
  /** Name that the certificate must have, if it is not the host of the URL. */
  readonly serverName?: string
  readonly insecureSkipVerify: boolean
}
