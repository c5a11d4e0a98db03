import { afterAll, beforeAll, describe, jest, test } from '@jest/globals'
import { readSetup } from '../setup.ts'
import { gatherEvidence } from './evidence.ts'
import { Stage } from './stage.ts'

/** How strict Kubernetes is with the pods of a namespace: a level of the Pod Security Standards. */
export type PodSecurity = 'privileged' | 'baseline' | 'restricted'

/**
 * Tells one thing that a user expects to see. Steps of a story build on each other: after the first that fails the others are not
 * tried.
 * @param timeoutMs a bound for what hangs; what is waited for has shorter ones
 */
export type Step = (expectation: string, act: () => Promise<void>, timeoutMs?: number) => void

const STEP_MS = 240_000

/**
 * A story, told from the side of a user, in a namespace of its own. When a step fails, what there is to see then is kept:
 * objects, events, logs, and what Prometheus says of its targets.
 */
export function story(
  title: string,
  {
    namespace,
    podSecurity = 'restricted',
  }: { readonly namespace: string; readonly podSecurity?: PodSecurity },
  tell: (stage: Stage, step: Step) => void,
): void {
  jest.setTimeout(STEP_MS)
  const stage = new Stage(namespace, readSetup(process.env), process.env)
  let failed: string | undefined

  describe(title, () => {
    beforeAll(() =>
      stage.admin.apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': podSecurity } },
      }),
    )

    // Its pods need not go on using the machine. Nobody waits for their end.
    afterAll(() => stage.admin.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }))

    tell(stage, (expectation, act, timeoutMs) => {
      test(
        expectation,
        async () => {
          if (failed !== undefined) throw notTried(failed)
          failed = expectation
          try {
            await act()
            failed = undefined
          } catch (error) {
            await gatherEvidence(stage)
            throw error
          }
        },
        timeoutMs,
      )
    })
  })
}

function notTried(failed: string): Error {
  const error = new Error(`not tried, because this failed: ${failed}`)
  error.stack = error.message // Where it is thrown is of no interest.
  return error
}
