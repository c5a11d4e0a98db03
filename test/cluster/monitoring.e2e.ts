import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { KubernetesObjectApi } from '@kubernetes/client-node'
import {
  type Cluster,
  eventually,
  installMonitoring,
  monitoringImages,
  nodeUnavailable,
  prometheusQuery,
  startCluster,
} from './index.ts'

// A first build takes minutes.
jest.setTimeout(900_000)

const describeNode = nodeUnavailable() === undefined ? describe : describe.skip

const labels = { 'app.kubernetes.io/name': 'prometheus-operator' }

describeNode('Prometheus by prometheus-operator', () => {
  let cluster: Cluster

  beforeAll(async () => {
    const report = (line: string) => void process.stderr.write(`${line}\n`)
    cluster = await startCluster({ images: await monitoringImages({ environment: process.env, report }) })
    await installMonitoring(cluster)
  })

  afterAll(() => cluster?.stop())

  test('scrapes what a PodMonitor names', async () => {
    const client = cluster.kubeConfig().makeApiClient(KubernetesObjectApi)
    const spec = { selector: { matchLabels: labels }, podMetricsEndpoints: [{ port: 'http' }] }
    await client.create({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { name: 'operator', namespace: 'monitoring' },
      spec,
    } as object)
    // Where the reload's trigger is missed, its next look is three minutes later.
    const up = await eventually(
      'the target to be up',
      async () => (await prometheusQuery(cluster, 'up{container="prometheus-operator"} == 1'))[0],
      { timeoutMs: 300_000, intervalMs: 500 },
    )
    expect(up).toMatchObject({ metric: { job: 'monitoring/operator', namespace: 'monitoring' }, value: 1 })
  })

  test('says what is wrong with an expression', async () => {
    await expect(prometheusQuery(cluster, 'sum(')).rejects.toThrow(/400 to sum\(: .*parse error/)
  })
})
