import type { V1Probe, V1ResourceRequirements, V1SecurityContext } from '@kubernetes/client-node'
import { PORT_NAME } from '../api/labels.ts'
import type { Resources } from '../api/resources.ts'

/** Where the ConfigMap is mounted. */
export const CONFIG_DIRECTORY = '/etc/metricgate'
/** Neither a user of common base images, nor one whose traffic a service mesh treats differently (1337, 2102). */
export const USER = 64_650
/** The last user that Kubernetes knows (`IsValidUserID` of `k8s.io/apimachinery`, `pkg/util/validation`). */
export const USER_MAX = 2 ** 31 - 1

/** Whom a proxy runs as: a numeric user, or who the image, the pod or the platform says. */
export type ProxyUser = number | 'image'

/** Arguments of a proxy that reads `key` of its ConfigMap, and waits for it if it is not there or wrong. */
export function proxyArguments(key: string, port: number): string[] {
  return [`${CONFIG_DIRECTORY}/${key}`, ...portArguments(port), '--wait-for-config']
}

/** The arguments that say on which port a proxy listens. */
export function portArguments(port: number): [flag: string, value: string] {
  return ['--port', String(port)]
}

/** Resources as Kubernetes writes them; `otherwise` where there are none. */
export function resourcesOf(
  resources: Resources | undefined,
  otherwise: V1ResourceRequirements,
): V1ResourceRequirements {
  if (resources === undefined) return otherwise
  const written = (amounts: Readonly<Record<string, number | string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, String(amount)]))
  return {
    ...(resources.requests && { requests: written(resources.requests) }),
    ...(resources.limits && { limits: written(resources.limits) }),
  }
}

/** Restarts a proxy that has not answered for a minute. */
export function livenessProbe(): V1Probe {
  return {
    httpGet: { path: '/_health', port: PORT_NAME },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 6,
  }
}

/** Pod Security Standards, profile `restricted`, stated in full: the pod's own context may say otherwise. */
export function restricted(user: ProxyUser): V1SecurityContext {
  return {
    runAsNonRoot: true,
    ...(user !== 'image' && { runAsUser: user, runAsGroup: user }),
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
}
