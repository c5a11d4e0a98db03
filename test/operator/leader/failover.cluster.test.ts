import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { AuditEntry } from '../../cluster/index.ts'
import { condition, gateObject, podObject, refs, TestCluster } from '../controller/support/cluster.ts'
import { eventually } from '../controller/support/eventually.ts'
import { Relay } from './relay.ts'
import { createAccount, LEASE, NAMESPACE, Replica } from './replica.ts'

jest.setTimeout(180_000)

const PATIENCE_MS = 60_000
const ETCD_PAUSE_MS = 20_000

let cluster: TestCluster
let directory: string
/** Where the API server calls the webhook: it reaches one replica or the other. */
let webhook: Relay
let replicas: Replica[] = []
let webhookPorts: number[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-leader-'))
  cluster = await TestCluster.start({
    monitors: false,
    auditedGroups: [`system:serviceaccounts:${NAMESPACE}`],
  })
  for (const name of ['replica-a', 'replica-b']) await createAccount(cluster, name)
}, 600_000)

afterAll(async () => {
  await cluster?.stop()
  await rm(directory, { recursive: true })
})

beforeEach(async () => {
  webhook = await Relay.start(() => webhookPorts)
  const options = { directory, webhookPort: webhook.port }
  for (const name of ['replica-a', 'replica-b']) replicas.push(await Replica.start(cluster, name, options))
  webhookPorts = await Promise.all(replicas.map(replica => replica.webhookPort()))
  await Promise.all(replicas.map(replica => replica.ready()))
})

afterEach(async () => {
  await Promise.all(replicas.map(replica => replica[Symbol.asyncDispose]()))
  replicas = []
  webhookPorts = []
  await webhook[Symbol.asyncDispose]()
  // Nobody is left to release it.
  await cluster.admin.delete(LEASE)
})

/** Which of these replicas lead. */
async function leadersAmong(candidates: readonly Replica[]): Promise<Replica[]> {
  const lead = await Promise.all(candidates.map(replica => replica.leads()))
  return candidates.filter((_, index) => lead[index])
}

/** The one that leads, eventually, and the others. */
async function elected(candidates: readonly Replica[] = replicas): Promise<[Replica, Replica]> {
  return eventually(async () => {
    const [leader, ...more] = await leadersAmong(candidates)
    if (leader === undefined || more.length > 0) throw new Error('there is not one leader')
    return [leader, replicas.find(other => other !== leader) ?? leader]
  }, PATIENCE_MS)
}

/** Which process holds the lease; empty: none. */
async function holder(): Promise<string> {
  return (await cluster.admin.expect(LEASE)).spec.holderIdentity ?? ''
}

async function reconciled(namespace: string, generation = 1): Promise<void> {
  await eventually(async () => {
    const gate = await cluster.admin.expect(refs.gate(namespace, 'web'))
    expect(gate.status?.observedGeneration).toBe(generation)
    expect(condition(gate, 'Ready')).toBe('True Reconciled')
    await cluster.admin.expect(refs.configMap(namespace, 'web'))
  }, PATIENCE_MS)
}

/** A gate that is reconciled, in a new namespace. */
async function newGate(): Promise<string> {
  const namespace = await cluster.namespace()
  await cluster.admin.apply(gateObject(namespace, 'web'))
  await reconciled(namespace)
  return namespace
}

/** What a replica has written, but for the lease: verb and resource. */
async function writesOf({ name }: Replica): Promise<string[]> {
  const isWrite = ({ user, verb, resource }: AuditEntry): boolean =>
    user === `system:serviceaccount:${NAMESPACE}:${name}` &&
    !['get', 'list', 'watch'].includes(verb) &&
    resource !== 'leases'
  return (await cluster.controlPlane.auditLog())
    .filter(isWrite)
    .map(({ verb, resource, namespace, name: object }) => `${verb} ${resource} ${namespace}/${object}`)
}

/** How often people were told of the gate, by reason and words. */
async function eventsOf(namespace: string): Promise<string[]> {
  const events = await cluster.admin.list({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace })
  return events.map(({ reason, note }) => `${reason}: ${note}`)
}

describe('of two replicas', () => {
  test('one leads and writes; both are ready', async () => {
    const [leader, follower] = await elected()
    expect(await holder()).toMatch(new RegExp(`^${leader.name}_`))
    const before = (await writesOf(follower)).length
    await newGate()
    expect((await writesOf(leader)).join('\n')).toMatch(/patch metricgates\/status/)
    expect((await writesOf(follower)).slice(before)).toEqual([])
    await Promise.all(replicas.map(replica => replica.ready()))
  })

  test('the leader is killed: the other one goes on where it ended, and repeats no news', async () => {
    const namespace = await newGate()
    const [leader, follower] = await elected()
    await leader.program.kill()
    await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
    await reconciled(namespace, 2)
    expect(await leadersAmong([follower])).toEqual([follower])
    expect((await cluster.admin.expect(LEASE)).spec.leaseTransitions).toBe(1)
    const news = await eventsOf(namespace)
    expect(news).toHaveLength(new Set(news).size)
  })

  test('the leader ends: it gives up the lease, and does not let the other one wait for it to run out', async () => {
    const namespace = await newGate()
    const [leader, follower] = await elected()
    leader.signal('SIGTERM')
    expect(await leader.program.ended).toBe(0)
    expect(await holder()).not.toContain(leader.name)
    await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
    await reconciled(namespace, 2)
    expect(await leadersAmong([follower])).toEqual([follower])
  })

  test('no pod goes without its sidecar while the leader is killed and replaced', async () => {
    const namespace = await newGate()
    const [leader, follower] = await elected()
    let pods = 0
    const injected = async (): Promise<void> => {
      pods += 1
      const pod = podObject(namespace, `pod-${pods}`, { 'metricgate.io/inject': 'web' })
      const created = await cluster.admin.apply(pod)
      expect(created.metadata?.labels).toMatchObject({ 'metricgate.io/gate': 'web' })
    }
    await injected()
    await injected()
    await leader.program.kill()
    // As the endpoints of a Service do when a pod has ended.
    webhookPorts = [await follower.webhookPort()]
    while (!(await follower.leads())) await injected()
    await injected()
    expect(pods).toBeGreaterThan(3)
  })
})

test('a leader that was stopped writes nothing when it goes on, follows, and leads again when it is its turn', async () => {
  const namespace = await newGate()
  const [stopped, other] = await elected()
  // In the middle of work: it stops with changes before it and requests behind it.
  const namespaces = await Promise.all(Array.from({ length: 20 }, () => cluster.namespace()))
  await Promise.all(namespaces.map(name => cluster.admin.apply(gateObject(name, 'web'))))
  stopped.signal('SIGSTOP')
  await elected([other])
  for (const name of namespaces) await reconciled(name)
  const written = await writesOf(stopped)

  await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
  await reconciled(namespace, 2)
  await cluster.admin.delete(refs.configMap(namespace, 'web'))
  stopped.signal('SIGCONT')
  await eventually(async () => expect(await stopped.leads()).toBe(false))
  await stopped.ready()
  await reconciled(namespace, 2)
  // It knows of this, too: its caches have caught up.
  await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9091 }] }))
  await reconciled(namespace, 3)
  expect(await writesOf(stopped)).toEqual(written)
  expect(stopped.program.log.map(({ msg }) => msg)).not.toContainEqual(
    expect.stringContaining('reconciliation failed'),
  )

  other.signal('SIGTERM')
  await other.program.ended
  await elected([stopped])
  await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9092 }] }))
  await reconciled(namespace, 4)
})

describe('the API server cannot be reached', () => {
  test('by the leader: it stops leading by itself, and the other one takes over', async () => {
    const namespace = await newGate()
    const [cutOff, other] = await elected()
    cutOff.network.fallSilent()
    await eventually(async () => expect(await cutOff.leads()).toBe(false), PATIENCE_MS)
    await elected([other])
    await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
    await reconciled(namespace, 2)

    const written = await writesOf(cutOff)
    cutOff.network.speak()
    await cutOff.ready()
    expect(await leadersAmong(replicas)).toEqual([other])
    expect(await writesOf(cutOff)).toEqual(written)
  })

  test('by anyone: nobody leads until it can be, and then one does', async () => {
    const namespace = await newGate()
    await elected()
    for (const { network } of replicas) network.fallSilent()
    await eventually(async () => expect(await leadersAmong(replicas)).toEqual([]), PATIENCE_MS)
    await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
    for (const { network } of replicas) network.speak()
    await elected()
    await reconciled(namespace, 2)
  })
})

test('etcd stands still for 20 s: the same processes go on, one of them leads', async () => {
  const namespace = await newGate()
  await elected()
  cluster.controlPlane.pauseEtcd()
  const over = setTimeout(ETCD_PAUSE_MS)
  await eventually(async () => expect(await leadersAmong(replicas)).toEqual([]), PATIENCE_MS)
  await over
  cluster.controlPlane.resumeEtcd()
  await elected()
  await cluster.admin.apply(gateObject(namespace, 'web', { targets: [{ port: 9090 }] }))
  await reconciled(namespace, 2)
  await Promise.all(replicas.map(replica => replica.ready()))
  expect(replicas.map(({ program }) => program.child.exitCode)).toEqual([null, null])
})
