import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node'
import { Http1KubeConfig } from '../http1-config.ts'

const TOKEN_SECONDS = 3600

/** A client configuration for the API server at `url`, trusted by a PEM certificate, for the bearer of `token`. */
export function tokenConfig(url: string, caCertificate: string, user: string, token: string): KubeConfig {
  const config = new Http1KubeConfig()
  const caData = Buffer.from(caCertificate).toString('base64')
  config.loadFromClusterAndUser(
    { name: 'metricgate', server: url, caData, skipTLSVerify: false },
    { name: user, token },
  )
  return config
}

/**
 * Requests a token for a ServiceAccount, as the kubelet does for a pod of it.
 * @param admin a configuration that may create tokens
 * @throws ApiException 404 when there is no such ServiceAccount
 */
export async function requestToken(admin: KubeConfig, namespace: string, name: string): Promise<string> {
  const api = admin.makeApiClient(CoreV1Api)
  const body = { spec: { audiences: [], expirationSeconds: TOKEN_SECONDS } }
  const answer = await api.createNamespacedServiceAccountToken({ namespace, name, body })
  const token = answer.status?.token
  if (token === undefined)
    throw new Error(`BUG: the TokenRequest for ${namespace}/${name} was answered without a token`)
  return token
}
