import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Clock } from '../../operator/kubernetes/clock.ts'
import { USER } from '../../operator/resources/container.ts'
import { type Operator, runOperator } from '../../operator/run.ts'
import { WEBHOOK_CONFIGURATION_NAME } from '../../operator/webhook/configuration.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { eventually } from '../../test/cluster/index.ts'
import type { DemoCluster } from './cluster.ts'
import type { Manifests } from './manifests.ts'

const NAMESPACE = 'metricgate-system'
const LOOPBACK = '127.0.0.1'

const clock: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

/**
 * Starts the operator in this process and waits until the API server knows its webhook.
 *
 * @param advertise host under which the API server reaches this machine
 * @param logFile where the operator's log goes
 */
export async function startOperator(
  { kubeConfig }: DemoCluster,
  manifests: Manifests,
  { advertise, logFile }: { advertise: string; logFile: string },
): Promise<Operator> {
  await manifests.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
  const failed = Promise.withResolvers<never>()
  const operator = await runOperator(
    {
      namespace: NAMESPACE,
      'watch-namespaces': [],
      'proxy-image': `metricgate/proxy:${packageJson.version}`,
      'proxy-run-as-user': USER,
      'listen-address': advertise === LOOPBACK ? LOOPBACK : '0.0.0.0',
      'webhook-port': 0,
      'webhook-url': `https://${advertise}:0`,
      'webhook-service': 'metricgate-webhook',
      'webhook-configuration': WEBHOOK_CONFIGURATION_NAME,
      'certificate-secret': 'metricgate-webhook-tls',
      certificates: 'managed',
      'metrics-port': 0,
      'lease-duration-seconds': 10,
      'drain-seconds': 0,
      'log-level': 'info',
    },
    {
      kubeConfig,
      logger: pino({ name: 'metricgate-operator' }, pino.destination({ dest: logFile, sync: true })),
      clock,
      random: Math.random,
      identity: 'start',
      registry: new Registry(),
      version: packageJson.version,
      onFatal: error => failed.reject(error),
    },
  )
  await Promise.race([operator.started, failed.promise])
  await eventually('the operator to be ready', () => operator.obstacles().length === 0)
  manifests.adopt({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: WEBHOOK_CONFIGURATION_NAME },
  })
  return operator
}
