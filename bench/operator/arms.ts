import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node'
import { type Arm, NO_OP_ANNOTATION } from './fixtures.ts'
import { quantile } from './quantiles.ts'

/** In this order, again and again. */
export const ARMS: readonly Arm[] = ['none', 'no-op', 'ours']

/** What was measured of one arm in one turn. */
export interface Turn {
  readonly latenciesMs: readonly number[]
  /** CPU time of the operator. */
  readonly cpuMs: number
  /** Pods about which the arm's webhook was not asked, or not in time: the API server has let them in. */
  readonly missed: number
}

/** What was measured of one arm. Times are in milliseconds. */
export interface ArmResult {
  readonly arm: Arm
  readonly pods: number
  readonly missed: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the operator for each pod; it is told of every pod by a watch, whoever is asked about it. */
  readonly cpuMsPerPod: number
}

/** What arm "ours" takes longer than "no-op". */
export interface Added {
  readonly p50Ms: number
  readonly p99Ms: number
  /**
   * The median over the rounds of what their own p99 differ by: a collection of garbage by the API server, which holds up all requests
   * for 100 ms and more, decides over one round only.
   */
  readonly medianP99Ms: number
}

/** Puts the turns of an arm together. */
export function armResult(arm: Arm, turns: readonly Turn[]): ArmResult {
  const latenciesMs = turns.flatMap(turn => turn.latenciesMs)
  const cpuMs = turns.reduce((sum, turn) => sum + turn.cpuMs, 0)
  return {
    arm,
    pods: latenciesMs.length,
    missed: turns.reduce((sum, turn) => sum + turn.missed, 0),
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    cpuMsPerPod: cpuMs / latenciesMs.length,
  }
}

/** Compares the turns of two arms; the rounds of both are the same. */
export function added(base: readonly Turn[], ours: readonly Turn[]): Added {
  const difference = (q: number): number =>
    quantile(
      ours.flatMap(turn => turn.latenciesMs),
      q,
    ) -
    quantile(
      base.flatMap(turn => turn.latenciesMs),
      q,
    )
  const byRound = ours.flatMap((turn, round) => {
    const other = base[round]
    return other === undefined ? [] : [quantile(turn.latenciesMs, 0.99) - quantile(other.latenciesMs, 0.99)]
  })
  return { p50Ms: difference(0.5), p99Ms: difference(0.99), medianP99Ms: quantile(byRound, 0.5) }
}

/** The no-op webhook's configuration: like that of the operator, but for its annotation. */
export function noOpConfiguration(port: number, caCertificate: string): V1MutatingWebhookConfiguration {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'bench-no-op' },
    webhooks: [
      {
        name: 'no-op.bench.metricgate.io',
        admissionReviewVersions: ['v1'],
        clientConfig: {
          url: `https://127.0.0.1:${port}/`,
          caBundle: Buffer.from(caCertificate).toString('base64'),
        },
        rules: [
          {
            operations: ['CREATE'],
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['pods'],
            scope: 'Namespaced',
          },
        ],
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] },
          ],
        },
        matchConditions: [
          {
            name: 'opted-in',
            expression: `has(object.metadata.annotations) && '${NO_OP_ANNOTATION}' in object.metadata.annotations`,
          },
        ],
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        sideEffects: 'None',
        timeoutSeconds: 5,
      },
    ],
  }
}
