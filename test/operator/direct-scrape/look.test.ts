import { describe, expect, test } from '@jest/globals'
import type { WatchedPod } from '../../../operator/controller/watched.ts'
import { lookForDirectScrapes } from '../../../operator/direct-scrape/look.ts'
import { PodPorts } from '../../../operator/direct-scrape/pod-ports.ts'
import type { ApiRequest } from '../../../operator/kubernetes/api-client.ts'
import { ApiError } from '../../../operator/kubernetes/api-error.ts'
import { validGate } from '../controller/support/watched.ts'
import { pod, podMonitor } from './objects.ts'

/** What the API server knows of pods: their port "metrics", or the status of its refusal. */
function lookingAt(answer: { metrics: number } | { status: number }) {
  const read: string[] = []
  const ports = new PodPorts({
    json: async ({ path }: ApiRequest) => {
      read.push(path.split('/').at(-1) ?? '')
      if ('metrics' in answer) {
        const containers = [{ name: 'app', ports: [{ name: 'metrics', containerPort: answer.metrics }] }]
        return { metadata: {}, spec: { containers } }
      }
      const { status } = answer
      const message = `GET ${path}: ${status}`
      throw new ApiError('E_API_STATUS', message, { response: { status, reason: 'No', causes: [] } })
    },
  })
  const look = async (pods: readonly WatchedPod[], port: object = { port: 'metrics' }) => {
    const gate = validGate({ targets: [{ port: 8080 }] })
    const surroundings = { pods, services: [], monitors: [podMonitor(port)] }
    const { condition, lookAgainMs } = await lookForDirectScrapes(gate, surroundings, true, ports)
    return { state: `${condition.status} ${condition.reason}`, lookAgainMs }
  }
  return { read, look }
}

function bare(count: number): WatchedPod[] {
  return Array.from({ length: count }, (_, index) => pod({ name: `pod-${index}`, owner: '' }))
}

describe('a pod is read', () => {
  test.each([
    { metrics: 8080, state: 'True PodMonitor' },
    { metrics: 8081, state: 'False NoneFound' },
  ])('when a name meets a number, and its answer decides: $metrics', async ({ metrics, state }) => {
    const { look, read } = lookingAt({ metrics })
    expect(await look([pod()])).toEqual({ state, lookAgainMs: undefined })
    expect(read).toEqual(['web-1'])
  })

  test('once for all that come from the same template', async () => {
    const { look, read } = lookingAt({ metrics: 8080 })
    const replicas = ['a', 'b', 'c'].map(name =>
      pod({ name, labels: { app: 'web', 'pod-template-hash': '5d4' } }),
    )
    await look(replicas.slice(0, 2))
    await look(replicas)
    expect(read).toHaveLength(1)
  })

  test('again when the template is another one', async () => {
    const { look, read } = lookingAt({ metrics: 8080 })
    for (const hash of ['1', '2']) {
      await look([pod({ name: hash, owner: 'db', labels: { app: 'web', 'controller-revision-hash': hash } })])
    }
    expect(read).toEqual(['1', '2'])
  })

  test('not when numbers meet', async () => {
    const { look, read } = lookingAt({ metrics: 8080 })
    await look([pod()], { portNumber: 8080 })
    await look([pod()], { portNumber: 8081 })
    expect(read).toEqual([])
  })

  test('by the few: many that have nothing in common are not read at once', async () => {
    const { look, read } = lookingAt({ metrics: 8081 })
    await look(bare(20))
    expect(read).toHaveLength(8)
    await look(bare(20))
    expect(new Set(read).size).toBe(16)
  })
})

describe('a pod that cannot be read', () => {
  test.each([
    { of: 'because we may not', status: 403, state: 'Unknown Forbidden' },
    { of: 'because the API server is unwell', status: 500, state: 'Unknown PortUnknown' },
    { of: 'because it has gone', status: 404, state: 'Unknown PortUnknown' },
  ])('$of leaves it open, until another look', async ({ status, state }) => {
    const { look } = lookingAt({ status })
    expect(await look([pod()])).toEqual({ state, lookAgainMs: 30_000 })
  })
})
