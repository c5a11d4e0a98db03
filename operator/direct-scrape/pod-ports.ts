import type { V1Pod } from '@kubernetes/client-node'
import type { WatchedPod } from '../controller/watched.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError, readAnswer } from '../kubernetes/api-error.ts'
import { objectPath, POD } from '../kubernetes/kinds.ts'
import { podFacts } from '../webhook/pod-facts.ts'
import { podSchema } from '../webhook/pod-schema.ts'
import type { NamedPorts } from './endpoint.ts'
import { PODS_READ_MAX, PORTS_KNOWN_MAX } from './limits.ts'
import { templateKey } from './pods.ts'

/**
 * Named ports of pods. The watch of pods brings metadata alone, so a pod of each template is read once, and only when somebody
 * asks: when one side names a port and the other numbers it.
 */
export class PodPorts {
  readonly #client: Pick<ApiClient, 'json'>
  /** By template; those asked for least recently come first. */
  readonly #known = new Map<string, NamedPorts>()

  constructor(client: Pick<ApiClient, 'json'>) {
    this.#client = client
  }

  /** The named ports of the pod; undefined until one of its template has been read. */
  of(pod: WatchedPod): NamedPorts | undefined {
    const key = templateKey(pod)
    const ports = this.#known.get(key)
    if (ports !== undefined) this.#remember(key, ports)
    return ports
  }

  /** Reads one pod of each template, PODS_READ_MAX at most. Resolves with the first failure. */
  async read(pods: readonly WatchedPod[]): Promise<ApiError | undefined> {
    const templates = new Map(pods.map(pod => [templateKey(pod), pod]))
    let failure: ApiError | undefined
    for (const [key, pod] of [...templates].slice(0, PODS_READ_MAX)) {
      try {
        this.#remember(key, await this.#get(pod))
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        // A pod that has gone meanwhile is no failure: its end is a change that is looked at.
        if (!error.isNotFound) failure ??= error
      }
    }
    return failure
  }

  async #get({ metadata: { namespace, name } }: WatchedPod): Promise<NamedPorts> {
    const path = objectPath(POD, namespace, name)
    return readAnswer(`GET ${path}`, await this.#client.json({ path }), readNamedPorts)
  }

  #remember(key: string, ports: NamedPorts): void {
    this.#known.delete(key)
    this.#known.set(key, ports)
    const [oldest] = this.#known.keys()
    if (this.#known.size > PORTS_KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Throws ZodError. */
function readNamedPorts(pod: unknown): NamedPorts {
  podSchema.parse(pod)
  return podFacts(pod as V1Pod).namedPorts
}
