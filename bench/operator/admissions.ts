import { startWorker } from '../children.ts'
import { type Added, ARMS, type ArmResult, added, armResult, noOpConfiguration, type Turn } from './arms.ts'
import { type Arm, createPod, deletePods, gateAt, namespaceName } from './fixtures.ts'
import type { NoOpAnswer, NoOpGreeting } from './no-op-webhook.ts'
import { AT_ONCE, type Testbed } from './testbed.ts'

/** What admissions take. */
export interface AdmissionsResult {
  readonly perSecond: number
  readonly arms: readonly ArmResult[]
  readonly added: Added
}

const PODS_PER_SECOND = 100
const TURN_SECONDS = 5

/**
 * Creates pods at a fixed rate, in turns of a few seconds: no webhook, one that does nothing, and the operator's. A turn of each comes
 * first and does not count; between two turns the operator comes to rest. Throws when a pod was not created, or when the wrong webhook was asked.
 */
export async function measureAdmissions(
  testbed: Testbed,
  ownerUids: readonly string[],
  progress: (step: string) => void,
): Promise<AdmissionsResult> {
  const worker = await startWorker('operator/no-op-webhook.ts')
  try {
    const { port, caCertificate } = worker.greeting as NoOpGreeting
    await testbed.api.json({
      method: 'POST',
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      body: noOpConfiguration(port, caCertificate),
    })
    const noOpCalls = async (): Promise<number> => ((await worker.ask({})) as NoOpAnswer).calls
    const rounds = Math.ceil(testbed.options.seconds / TURN_SECONDS)
    const turns = new Map<Arm, Turn[]>(ARMS.map(arm => [arm, []]))
    for (let round = 0; round <= rounds; round++) {
      progress(round === 0 ? 'admissions: warming up' : `admissions: round ${round} of ${rounds}`)
      for (const arm of inTurn(round)) {
        const turn = await takeTurn(testbed, { arm, round, ownerUids }, noOpCalls)
        if (round > 0) turns.get(arm)?.push(turn)
        // The counts of the gates follow their pods: what one turn sets off does not weigh on the next.
        await testbed.settle()
      }
    }
    await removePods(testbed)
    const of = (arm: Arm): Turn[] => turns.get(arm) ?? []
    return {
      perSecond: PODS_PER_SECOND,
      arms: ARMS.map(arm => armResult(arm, of(arm))),
      added: added(of('no-op'), of('ours')),
    }
  } finally {
    await worker.stop()
  }
}

/** Each round begins with another arm, so that what the API server does once in a while meets all of them. */
function inTurn(round: number): readonly Arm[] {
  const first = round % ARMS.length
  return [...ARMS.slice(first), ...ARMS.slice(0, first)]
}

interface TurnPlan {
  readonly arm: Arm
  readonly round: number
  readonly ownerUids: readonly string[]
}

async function takeTurn(
  testbed: Testbed,
  { arm, round, ownerUids }: TurnPlan,
  noOpCalls: () => Promise<number>,
): Promise<Turn> {
  const { gates, load } = testbed
  const operator = await testbed.operator()
  const calls = Array.from({ length: PODS_PER_SECOND * TURN_SECONDS }, (_, index) => {
    const at = round * PODS_PER_SECOND * TURN_SECONDS + index
    const name = `admission-${arm}-${round}-${index}`
    return createPod({ name, gate: gateAt(gates, at), arm, ownerUid: gateAt(ownerUids, at) })
  })
  const before = { ...(await operator.counts()), noOp: await noOpCalls() }
  const { latenciesMs } = await load.sendAll(calls, { perSecond: PODS_PER_SECOND })
  const after = { ...(await operator.counts()), noOp: await noOpCalls() }
  const asked = { ours: after.admissions - before.admissions, 'no-op': after.noOp - before.noOp }
  for (const webhook of ['ours', 'no-op'] as const) {
    if (arm !== webhook && asked[webhook] > 0)
      throw new Error(`webhook ${webhook} was asked about ${asked[webhook]} pods in turn ${arm}`)
  }
  const missed = arm === 'none' ? 0 : calls.length - asked[arm]
  return { latenciesMs, cpuMs: after.cpuMs - before.cpuMs, missed }
}

async function removePods({ options, load }: Testbed): Promise<void> {
  const names = Array.from({ length: options.namespaces }, (_, index) => namespaceName(index))
  await load.sendAll(names.map(deletePods), { atOnce: AT_ONCE })
}
