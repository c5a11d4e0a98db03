import { expect } from '@jest/globals'
import type { AnyObject } from '../operator/controller/support/admin.ts'
import { askWhile } from './support/admissions.ts'
import { conditionOf, gate, gateStatus } from './support/gates.ts'
import {
  installOperator,
  leaderPod,
  OPERATOR_NAMESPACE,
  OPERATOR_REPLICAS,
  operatorPods,
  restartOperator,
} from './support/operator.ts'
import { isReady } from './support/pods.ts'
import { soon } from './support/soon.ts'
import { story } from './support/story.ts'
import { podTemplate } from './support/workloads.ts'

const GATE = 'steady'
/** A lease of 10 s that nobody renews, tries of 2 s, and a reconciliation. */
const FAILOVER_MS = 20_000

story(
  'The operator is replaced and no pod goes without',
  { namespace: 'story-availability' },
  (stage, step) => {
    let leader: string

    step('two replicas run, and one of them leads', async () => {
      await installOperator(stage)
      await stage.apply(gate(GATE, { targets: [{ port: 8080 }] }))
      await twoAreReady()
      leader = await soon(
        'a leader',
        () => leaderPod(stage),
        name => expect(name).toBeDefined(),
      ).then(String)
      await soon(
        'the gate is ready',
        async () => conditionOf(await gateStatus(stage, GATE), 'Ready'),
        ready => expect(ready).toBe('True'),
      )
    })

    step(
      'the leader is evicted, as from a node that is drained: the other leads, and no admission is lost',
      async () => {
        const { count, withoutSidecar } = await askWhile(stage, pod(), async () => {
          await stage.kubectl('delete', 'pod', leader, `--namespace=${OPERATOR_NAMESPACE}`)
          await anotherLeads()
          await reconciles('evicted')
          await twoAreReady()
        })
        expect(count).toBeGreaterThan(0)
        expect(withoutSidecar).toBe(0)
      },
    )

    step('its pods are replaced one by one, as an upgrade does: no admission is lost', async () => {
      const { count, withoutSidecar } = await askWhile(stage, pod(), async () => {
        await restartOperator(stage)
        await twoAreReady()
      })
      expect(count).toBeGreaterThan(0)
      expect(withoutSidecar).toBe(0)
      leader = await soon(
        'a leader among the new pods',
        () => leaderPod(stage),
        name => expect(name).toBeDefined(),
      ).then(String)
    })

    step('the leader is killed without a word: the other one goes on within a lease', async () => {
      await stage.kubectl(
        'delete',
        'pod',
        leader,
        `--namespace=${OPERATOR_NAMESPACE}`,
        '--grace-period=0',
        '--force',
      )
      await anotherLeads()
      await reconciles('killed')
    })

    /** Whether what a gate asks for is done: it has another rule, whose name tells which. */
    async function reconciles(rule: string): Promise<void> {
      const metricRelabelings = [{ action: 'labeldrop', regex: rule }]
      await stage.apply(gate(GATE, { targets: [{ port: 8080 }], metricRelabelings }))
      await soon(
        `the rule ${rule} in the ConfigMap of the gate`,
        () =>
          stage.kubectl(
            'get',
            'configmap',
            `metricgate-${GATE}`,
            `--namespace=${stage.namespace}`,
            '--output=yaml',
          ),
        text => expect(text).toContain(rule),
        { timeoutMs: FAILOVER_MS },
      )
    }

    async function anotherLeads(): Promise<void> {
      await soon(
        `another leader than ${leader}`,
        () => leaderPod(stage),
        name => name !== undefined && name !== leader,
        { timeoutMs: FAILOVER_MS },
      )
    }

    async function twoAreReady(): Promise<void> {
      await soon(
        'two ready pods of the operator, and no other',
        () => operatorPods(stage),
        pods => expect(pods.map(isReady)).toEqual(Array(OPERATOR_REPLICAS).fill(true)),
        { timeoutMs: 120_000, describe: pods => pods.map(({ metadata, status }) => ({ metadata, status })) },
      )
    }

    function pod(): AnyObject {
      const container = {
        name: 'app',
        image: 'app:1',
        ports: [{ containerPort: 8080 }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      }
      const { metadata, spec } = podTemplate(container, { annotations: { 'metricgate.io/inject': GATE } })
      return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, namespace: stage.namespace }, spec }
    }
  },
)
