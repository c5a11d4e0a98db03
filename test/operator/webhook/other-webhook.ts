import type { AddressInfo } from 'node:net'
import { AdmissionregistrationV1Api, type V1Container, type V1Pod } from '@kubernetes/client-node'
import { fastify } from 'fastify'
import { WEBHOOK_CONFIGURATION_NAME } from '../../../operator/webhook/configuration.ts'
import type { ControlPlane } from '../../cluster/index.ts'
import { makeCertificates } from './certificates/made.ts'

/** A mutating webhook of somebody else. */
export interface OtherWebhook {
  readonly stop: () => Promise<void>
}

interface Review {
  readonly request: { readonly uid: string; readonly object: V1Pod }
}

/** Starts and registers a webhook that runs after ours and adds the container to every new pod that lacks it. */
export async function startOtherWebhook(
  cluster: ControlPlane,
  container: V1Container,
): Promise<OtherWebhook> {
  const { certificate, key, authority } = await makeCertificates(['127.0.0.1'], Date.now())
  const server = fastify({ https: { cert: certificate, key } })
  server.post<{ Body: Review }>('/', async ({ body: { request } }) => {
    const isThere = request.object.spec?.containers.some(({ name }) => name === container.name)
    const patch = isThere
      ? []
      : [{ op: 'add', path: '/spec/containers/-', value: { image: 'other:1', ...container } }]
    const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
    const response = { uid: request.uid, allowed: true, patchType: 'JSONPatch', patch: encoded }
    return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
  })
  await server.listen({ host: '127.0.0.1', port: 0 })

  const { port } = server.server.address() as AddressInfo
  const api = cluster.kubeConfig().makeApiClient(AdmissionregistrationV1Api)
  // The API server calls webhooks in the order of their configurations' names.
  const name = `${WEBHOOK_CONFIGURATION_NAME}-and-then-another`
  await api.createMutatingWebhookConfiguration({
    body: {
      metadata: { name },
      webhooks: [
        {
          name: 'another.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(authority.certificate).toString('base64'),
          },
          rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        },
      ],
    },
  })
  const stop = async (): Promise<void> => {
    await api.deleteMutatingWebhookConfiguration({ name })
    await server.close()
  }
  return { stop }
}
