import { describe, expect, test } from '@jest/globals'
import type { V1Pod } from '@kubernetes/client-node'
import type { NamespaceGates } from '../../../operator/webhook/choose-gate.ts'
import { inject } from '../../../operator/webhook/inject.ts'
import type { Json, PatchOperation } from '../../../operator/webhook/json-patch.ts'
import { type AdmissionAnswer, ReviewError, readReview, review } from '../../../operator/webhook/review.ts'
import { applyJsonPatch } from './apply-json-patch.ts'
import { gate, gates, NAMESPACE, OPTIONS, optIn, pod } from './fixtures.ts'

const SHOP = gates(gate('shop'))
const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'

function admissionReview(object: unknown, request: Record<string, unknown> = {}): unknown {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: UID,
      kind: { group: '', version: 'v1', kind: 'Pod' },
      resource: { group: '', version: 'v1', resource: 'pods' },
      namespace: NAMESPACE,
      operation: 'CREATE',
      userInfo: { username: 'admin' },
      object,
      oldObject: null,
      dryRun: false,
      ...request,
    },
  }
}

function answerTo(body: unknown, to: NamespaceGates = SHOP): AdmissionAnswer['response'] {
  return review(readReview(body), to, OPTIONS).answer.response
}

describe('the answer', () => {
  test('carries the uid, and a patch that makes the pod what inject says', () => {
    const given = pod(optIn('shop'))
    const { patch = '', ...response } = answerTo(admissionReview(given))
    expect(response).toEqual({
      uid: UID,
      allowed: true,
      patchType: 'JSONPatch',
      auditAnnotations: { outcome: 'injected', reason: 'Annotation' },
    })
    const operations = JSON.parse(Buffer.from(patch, 'base64').toString()) as PatchOperation[]
    expect(applyJsonPatch(given as unknown as Json, operations)).toEqual(inject(given, SHOP, OPTIONS).pod)
    expect(operations.map(({ op, path }) => `${op} ${path}`)).toEqual([
      'add /metadata/annotations/metricgate.io~1injected',
      'add /metadata/labels',
      'add /spec/initContainers',
      'add /spec/volumes',
    ])
  })

  test('is an AdmissionReview of the same version', () => {
    const { answer } = review(readReview(admissionReview(pod(undefined))), SHOP, OPTIONS)
    expect(answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' })
  })

  test('is the same for a dry run', () => {
    const given = pod(optIn('shop'))
    expect(answerTo(admissionReview(given, { dryRun: true }))).toEqual(answerTo(admissionReview(given)))
  })

  test('has the warnings of the injection', () => {
    const { warnings } = answerTo(admissionReview(pod(optIn('later'))))
    expect(warnings).toEqual([
      expect.stringMatching(/^metricgate: there is no valid MetricGate "later" in namespace "shop"/),
    ])
  })

  const host = pod(optIn('shop'), { hostNetwork: true })

  test.each<[string, V1Pod, PatchOperation[]]>([
    [
      'after its other annotations',
      host,
      [{ op: 'add', path: '/metadata/annotations/metricgate.io~1not-injected', value: 'HostNetwork' }],
    ],
    [
      'as its only annotation',
      { ...host, metadata: { labels: { app: 'web' } } },
      [{ op: 'add', path: '/metadata/annotations', value: { 'metricgate.io/not-injected': 'HostNetwork' } }],
    ],
  ])('for a pod that cannot have its sidecar says why %s, and no more', (_title, given, operations) => {
    const selecting = gate('shop', { injection: 'Selector', selector: { matchLabels: { app: 'web' } } })
    const { patch = '', ...response } = answerTo(admissionReview(given), gates(selecting))
    expect(response).toMatchObject({
      patchType: 'JSONPatch',
      warnings: [expect.stringMatching(/^metricgate: no sidecar: the pod uses the network of its node/)],
      auditAnnotations: { outcome: 'skipped', reason: 'HostNetwork' },
    })
    expect(JSON.parse(Buffer.from(patch, 'base64').toString())).toEqual(operations)
    const marked = inject(given, gates(selecting), OPTIONS).pod
    expect(answerTo(admissionReview(marked), gates(selecting))).not.toHaveProperty('patch')
  })

  test('is short when there is nothing to do', () => {
    expect(answerTo(admissionReview(pod(undefined)))).toEqual({
      uid: UID,
      allowed: true,
      auditAnnotations: { outcome: 'skipped', reason: 'NotOptedIn' },
    })
  })
})

describe('allowed, without a patch, is', () => {
  test.each<[string, unknown, Record<string, unknown>, string]>([
    ['an update', pod(optIn('shop')), { operation: 'UPDATE' }, 'NotAPod'],
    ['an eviction', pod(optIn('shop')), { subResource: 'eviction' }, 'NotAPod'],
    [
      'another resource',
      pod(optIn('shop')),
      { resource: { group: 'apps', version: 'v1', resource: 'pods' } },
      'NotAPod',
    ],
    ['no object', undefined, {}, 'NotAPod'],
    ['a pod without spec', { metadata: { annotations: optIn('shop') } }, {}, 'NotAPod'],
    ['a pod whose containers are null', { metadata: {}, spec: { containers: null } }, {}, 'NotAPod'],
    [
      'a pod whose annotation is a number',
      { metadata: { annotations: { a: 1 } }, spec: { containers: [] } },
      {},
      'NotAPod',
    ],
  ])('%s', (_title, object, request, reason) => {
    const response = answerTo(admissionReview(object, request))
    expect(response).toMatchObject({ allowed: true, auditAnnotations: { outcome: 'skipped', reason } })
    expect(response).not.toHaveProperty('patch')
  })

  test('whatever makes the webhook fail, which is handed on for the log', () => {
    const broken: NamespaceGates = {
      namespace: NAMESPACE,
      get gates(): never {
        throw new TypeError('broken')
      },
    }
    const result = review(readReview(admissionReview(pod(optIn('shop')))), broken, OPTIONS)
    expect(result).toMatchObject({
      outcome: 'skipped',
      reason: 'InternalError',
      error: new TypeError('broken'),
    })
    expect(result.answer.response).toMatchObject({ uid: UID, allowed: true, warnings: [expect.any(String)] })
  })
})

describe('refused is a body that', () => {
  test.each<[string, unknown, RegExp]>([
    ['is nothing', undefined, /expected object/],
    ['is a list', [], /expected object/],
    ['has no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }, /at request/],
    [
      'is of an old version',
      { ...(admissionReview({}) as object), apiVersion: 'admission.k8s.io/v1beta1' },
      /at apiVersion/,
    ],
    ['is another object', { ...(admissionReview({}) as object), kind: 'Pod' }, /at kind/],
    ['has no uid', admissionReview({}, { uid: '' }), /at request\.uid/],
    ['has no resource', admissionReview({}, { resource: 'pods' }), /at request\.resource/],
  ])('%s', (_title, body, message) => {
    expect(() => readReview(body)).toThrow(ReviewError)
    expect(() => readReview(body)).toThrow(message)
  })
})
