import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { KubeConfig } from '@kubernetes/client-node'
import { installCrds } from '../cluster/index.ts'
import { condition, gateDefinition, gateObject, refs, TestCluster } from './controller/support/cluster.ts'
import { eventually } from './controller/support/eventually.ts'
import { get, LOCAL, Program } from './program.ts'

jest.setTimeout(60_000)

const programs: Program[] = []
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'metricgate-main-'))
})

afterEach(async () => {
  for (const program of programs.splice(0)) await program.kill()
})

afterAll(() => rm(directory, { recursive: true }))

function start(args: readonly string[], environment: Record<string, string> = {}): Program {
  const program = new Program(args, directory, environment)
  programs.push(program)
  return program
}

async function kubeconfigFile(config: KubeConfig): Promise<string> {
  const file = join(directory, `kubeconfig-${Math.random()}`)
  await writeFile(file, config.exportConfig())
  return file
}

/** A kubeconfig for a port on which nobody listens. */
async function nowhere(): Promise<string> {
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: true },
    { name: 'u', token: 't' },
  )
  return kubeconfigFile(config)
}

const OUTSIDE = [...LOCAL, '--webhook-url=https://127.0.0.1:0']

describe('the command line', () => {
  test.each([
    { args: ['--version'], code: 0, output: /^\d+\.\d+\.\d+\n$/ },
    { args: ['--help'], code: 0, output: /--kubeconfig FILE/ },
    { args: ['--metrics-port=x'], code: 64, output: /^--metrics-port: a port number/ },
    { args: ['--kubeconfig=/does/not/exist'], code: 64, output: /^--kubeconfig: ENOENT.*\/does\/not\/exist/ },
    {
      args: [],
      code: 64,
      output: /^no Kubernetes configuration: give --kubeconfig, set KUBECONFIG, or run in a pod\n$/,
    },
  ])('$args: exit code $code', async ({ args, code, output }) => {
    const program = start(args)
    expect(await program.ended).toBe(code)
    expect(program.output).toMatch(output)
  })

  test('a context that is not there: the message lists those that are', async () => {
    const program = start(['--kubeconfig', await nowhere(), '--context=other'])
    expect(await program.ended).toBe(64)
    expect(program.output).toBe('--context: other names no cluster; contexts: loaded-context\n')
  })

  test('a port that is taken ends it, and is named', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const program = start([...OUTSIDE, '--kubeconfig', await nowhere(), `--metrics-port=${port}`])
    expect(await program.ended).toBe(1)
    expect(program.output).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`)
    server.close()
  })
})

describe('an API server that cannot be reached', () => {
  test('is waited for: alive, not ready, and it says why', async () => {
    const program = start([...OUTSIDE, '--kubeconfig', await nowhere()])
    const url = await program.url()
    expect(await get(`${url}/healthz`)).toEqual({ status: 200, text: 'ok\n' })
    await eventually(async () => {
      const { status, text } = await get(`${url}/readyz`)
      expect(status).toBe(503)
      expect(text).toMatch(
        /^metricgates are not known yet: GET \/apis\/metricgate\.io\/v1alpha1\/metricgates: .*ECONNREFUSED/m,
      )
    })
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it nonetheless, cleanly', async signal => {
    const program = start([...OUTSIDE, '--kubeconfig', await nowhere()])
    await program.url()
    program.child.kill(signal)
    expect(await program.ended).toBe(0)
  })
})

describe('in a cluster', () => {
  let cluster: TestCluster
  let kubeconfig: string

  beforeAll(async () => {
    cluster = await TestCluster.start({ gates: 'absent', monitors: false })
    kubeconfig = await kubeconfigFile(
      await cluster.controlPlane.serviceAccountConfig('metricgate-system', 'metricgate-operator'),
    )
  }, 600_000)

  afterAll(() => cluster?.stop())

  test('the CRD comes after the operator: it waits, says so, and then works; SIGTERM ends it', async () => {
    const program = start([...OUTSIDE, '--kubeconfig', kubeconfig])
    const url = await program.url()
    await eventually(async () => {
      expect(await get(`${url}/readyz`)).toEqual({
        status: 503,
        text: 'the cluster has no metricgates (metricgate.io/v1alpha1): install its CRD\n',
      })
    })

    await installCrds(cluster.controlPlane.kubeConfig(), [await gateDefinition()])
    await eventually(
      async () => expect(await get(`${url}/readyz`)).toEqual({ status: 200, text: 'ok\n' }),
      40_000,
    )
    const namespace = await cluster.namespace()
    await cluster.admin.apply(gateObject(namespace, 'web'))
    await eventually(async () => {
      expect(condition(await cluster.admin.expect(refs.gate(namespace, 'web')), 'Ready')).toBe(
        'True Reconciled',
      )
    })

    // Counted when the status has been written and the Events have been sent.
    await eventually(async () =>
      expect((await get(`${url}/metrics`)).text).toMatch(
        /^metricgate_operator_reconciles_total\{result="success"\} [1-9]/m,
      ),
    )
    const { text } = await get(`${url}/metrics`)
    expect(text).toMatch(/^metricgate_operator_reconciles_total\{result="failure"\} 0$/m)
    expect(text).toMatch(/^metricgate_operator_objects_applied_total\{kind="ConfigMap"\} 1$/m)
    expect(text).toMatch(/^metricgate_operator_status_writes_total 1$/m)
    expect(text).toMatch(/^metricgate_operator_watched_objects\{kind="MetricGate"\} 1$/m)
    expect(text).toMatch(/^metricgate_operator_gates\{ready="True"\} 1$/m)
    expect(text).toMatch(/^metricgate_operator_watch_last_progress_timestamp_seconds\{kind="Pod"\} \d+/m)
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m)

    program.child.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(program.log.at(-1)?.msg).toBe('the operator has ended')
  })
})
