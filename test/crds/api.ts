import { ApiException, CustomObjectsApi, type KubeConfig } from '@kubernetes/client-node'
import { GROUP, PLURAL, VERSION } from '../../operator/api/labels.ts'
import type { SubmittedGate } from './gates.ts'

/** Where the gate is in the API. */
function placeOf({ metadata: { name = '', namespace = '' } = {} }: SubmittedGate) {
  return { group: GROUP, version: VERSION, plural: PLURAL, namespace, name }
}

/** One thing that the API server found wrong. */
export interface Refusal {
  readonly field: string
  readonly message: string
}

/** The API server's answer to a gate: the object as it would be stored, or why it is refused. */
export type Answer = { readonly gate: SubmittedGate } | { readonly refusals: readonly Refusal[] }

/** Sends gates to an API server. */
export class GateApi {
  readonly #objects: CustomObjectsApi

  constructor(kubeConfig: KubeConfig) {
    this.#objects = kubeConfig.makeApiClient(CustomObjectsApi)
  }

  /** What would be the answer to creating the gate; nothing is stored. */
  async try(gate: SubmittedGate): Promise<Answer> {
    const options = { dryRun: 'All', fieldValidation: 'Strict' }
    return answerOf(this.#objects.createNamespacedCustomObject({ ...placeOf(gate), ...options, body: gate }))
  }

  async create(gate: SubmittedGate): Promise<Answer> {
    return answerOf(this.#objects.createNamespacedCustomObject({ ...placeOf(gate), body: gate }))
  }

  async replace(gate: SubmittedGate): Promise<Answer> {
    return answerOf(this.#objects.replaceNamespacedCustomObject({ ...placeOf(gate), body: gate }))
  }

  /** Writes the status of the gate, and nothing else of it. */
  async replaceStatus(gate: SubmittedGate): Promise<Answer> {
    return answerOf(this.#objects.replaceNamespacedCustomObjectStatus({ ...placeOf(gate), body: gate }))
  }
}

/** The object of an answer that must not be a refusal. */
export async function accepted(answer: Promise<Answer>): Promise<SubmittedGate> {
  const result = await answer
  if ('refusals' in result) throw new Error(`refused: ${JSON.stringify(result.refusals)}`)
  return result.gate
}

async function answerOf(request: Promise<unknown>): Promise<Answer> {
  try {
    return { gate: (await request) as SubmittedGate }
  } catch (error) {
    if (!(error instanceof ApiException) || ![400, 422].includes(error.code)) throw error
    const status = JSON.parse(String(error.body)) as { message: string; details?: { causes?: Refusal[] } }
    return { refusals: status.details?.causes ?? [{ field: '', message: status.message }] }
  }
}
