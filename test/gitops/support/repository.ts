import { objectsOf, render } from '../../charts/support/render.ts'
import { resolveHelm } from '../../cluster/index.ts'
import { examples } from '../../crds/examples.ts'
import { VALID_GATES } from '../../crds/valid-gates.ts'
import type { AnyObject } from '../../operator/controller/support/admin.ts'

/** The operator's chart, as a platform team would have it, with its namespace, which Helm does not render. */
export async function platform(): Promise<AnyObject[]> {
  const values = {
    commonLabels: { team: 'platform' },
    networkPolicy: { enabled: true },
    rollout: { enabled: true },
    metrics: {
      serviceMonitor: { enabled: true },
      alerts: { enabled: true },
      dashboards: { enabled: true },
    },
  }
  const chart = objectsOf(await render(await resolveHelm(), { values }))
  return [namespaceObject('metricgate-system'), ...chart]
}

/** A team's namespace: gates of all kinds, most of them with as little as one may write, and a workload that asks for a sidecar. */
export function team(namespace: string): AnyObject[] {
  const written = [
    ...VALID_GATES.map(({ gate }) => gate as AnyObject),
    ...examples().flatMap(({ object }) => (object.kind === 'MetricGate' ? [object as AnyObject] : [])),
  ]
  const gates = written.map((gate, index) => ({
    ...gate,
    metadata: { ...gate.metadata, name: `gate-${index}`, namespace },
  }))
  return [namespaceObject(namespace), ...gates, workloadObject(namespace, 'shop', 'gate-0')]
}

/** A Deployment whose pods ask for the sidecar of a gate. */
export function workloadObject(namespace: string, name: string, gate: string): AnyObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: { 'metricgate.io/inject': gate } },
        spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080 }] }] },
      },
    },
  }
}

export function namespaceObject(name: string): AnyObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}
