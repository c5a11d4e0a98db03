import type { V1Pod } from '@kubernetes/client-node'
import * as z from 'zod'
import type { SidecarOptions } from '../resources/sidecar.ts'
import type { NamespaceGates } from './choose-gate.ts'
import { inject } from './inject.ts'
import { type Json, jsonPatch } from './json-patch.ts'
import type { Outcome, Reason } from './outcome.ts'
import { podSchema } from './pod-schema.ts'
import { boundWarnings } from './warnings.ts'

/** A body that is no AdmissionReview; the message names the field. */
export class ReviewError extends Error {
  readonly code = 'E_REVIEW'
}

const reviewSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().min(1),
    namespace: z.string().default(''),
    name: z.string().default(''),
    operation: z.string(),
    resource: z.object({ group: z.string(), version: z.string(), resource: z.string() }),
    subResource: z.string().default(''),
    dryRun: z.boolean().default(false),
    object: z.unknown(),
  }),
})

/** The `request` of an AdmissionReview (`admission.k8s.io/v1`), as far as it matters here. */
export type AdmissionRequest = z.output<typeof reviewSchema>['request']

/** The AdmissionReview that answers one; its form is that of `admission.k8s.io/v1`. */
export interface AdmissionAnswer {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: true
    /** JSON Patch, base64. */
    readonly patch?: string
    readonly patchType?: 'JSONPatch'
    readonly warnings?: readonly string[]
    readonly auditAnnotations: { readonly outcome: Outcome; readonly reason: Reason }
  }
}

/** An answer, and what to tell of it. */
export interface Review {
  readonly answer: AdmissionAnswer
  readonly outcome: Outcome
  readonly reason: Reason
  /** What went wrong inside, if something did. */
  readonly error?: unknown
}

/** Reads the parsed body of a call of the API server. Throws ReviewError. */
export function readReview(body: unknown): AdmissionRequest {
  const review = reviewSchema.safeParse(body)
  if (review.success) return review.data.request
  throw new ReviewError(`not an AdmissionReview of admission.k8s.io/v1: ${z.prettifyError(review.error)}`)
}

/**
 * The answer to a request: allowed, always, whatever the pod is and whatever goes wrong; with a patch when a sidecar, or
 * the annotation that says why there is none, is to be added. Pure, so a dry run differs in nothing.
 */
export function review(request: AdmissionRequest, gates: NamespaceGates, options: SidecarOptions): Review {
  if (!createsPod(request)) return refrain(request, 'NotAPod')
  const parsed = podSchema.safeParse(request.object)
  if (!parsed.success) {
    return refrain(
      request,
      'NotAPod',
      `no sidecar: the pod is not of the form it should have: ${z.prettifyError(parsed.error)}`,
    )
  }
  try {
    // The object as it came, not what the schema made of it: the patch must fit it.
    const pod = request.object as V1Pod
    const injection = inject(pod, gates, options)
    const { outcome, reason, warnings } = injection
    const isChanged = injection.pod !== pod
    const patch = isChanged ? jsonPatch(pod as unknown as Json, injection.pod as unknown as Json) : []
    const encoded = patch.length === 0 ? undefined : Buffer.from(JSON.stringify(patch)).toString('base64')
    return { answer: answer(request.uid, outcome, reason, warnings, encoded), outcome, reason }
  } catch (error) {
    return {
      ...refrain(request, 'InternalError', 'no sidecar: the metricgate webhook failed; its log says why'),
      error,
    }
  }
}

function createsPod({ operation, resource, subResource }: AdmissionRequest): boolean {
  return operation === 'CREATE' && resource.group === '' && resource.resource === 'pods' && subResource === ''
}

function refrain({ uid }: AdmissionRequest, reason: Reason, warning?: string): Review {
  const warnings = warning === undefined ? [] : [warning]
  return { answer: answer(uid, 'skipped', reason, warnings), outcome: 'skipped', reason }
}

function answer(
  uid: string,
  outcome: Outcome,
  reason: Reason,
  warnings: readonly string[],
  patch?: string,
): AdmissionAnswer {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed: true,
      ...(patch !== undefined && { patch, patchType: 'JSONPatch' }),
      ...(warnings.length > 0 && { warnings: boundWarnings(warnings) }),
      auditAnnotations: { outcome, reason },
    },
  }
}
