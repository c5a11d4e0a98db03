import { GATE_LABEL, INJECTED_ANNOTATION } from '../../../operator/api/labels.ts'
import { readPod, type WatchedPod } from '../../../operator/controller/watched.ts'
import type { NamedService } from '../../../operator/direct-scrape/find.ts'
import { type MonitorFacts, readMonitorFacts } from '../../../operator/direct-scrape/monitor.ts'
import { readServiceFacts } from '../../../operator/direct-scrape/service.ts'

type Labels = Record<string, string>

/** A pod of the gate "shop"; `injected`: with its sidecar. */
export function pod({
  name = 'web-1',
  labels = { app: 'web' },
  annotations = {},
  injected = true,
  owner = 'web-5d4',
}: {
  name?: string
  labels?: Labels
  annotations?: Labels
  injected?: boolean
  /** '': none. */
  owner?: string
} = {}): WatchedPod {
  return readPod({
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      labels: { ...labels, ...(injected && { [GATE_LABEL]: 'shop' }) },
      annotations: { ...annotations, ...(injected && { [INJECTED_ANNOTATION]: 'hash' }) },
      ownerReferences:
        owner === ''
          ? []
          : [
              {
                apiVersion: 'apps/v1',
                kind: 'ReplicaSet',
                name: owner,
                uid: `uid-of-${owner}`,
                controller: true,
              },
            ],
    },
  })
}

/** A Service in front of the pods with the label app=web, with a port "http" that leads to 8080. */
export function service({
  name = 'web',
  labels = { app: 'web' },
  annotations = {},
  ...spec
}: {
  name?: string
  labels?: Labels
  annotations?: Labels
  selector?: Labels | null
  ports?: readonly object[]
  type?: string
} = {}): NamedService {
  const facts = readServiceFacts({
    metadata: { labels, annotations },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  })
  return { name, facts }
}

/** A ServiceMonitor "monitoring/scraper" over all namespaces that selects the label app=web; `endpoint`: its only one. */
export function serviceMonitor(endpoint: object, spec: object = {}): MonitorFacts {
  return monitor('ServiceMonitor', { endpoints: [endpoint], ...spec })
}

/** A PodMonitor, likewise. */
export function podMonitor(endpoint: object, spec: object = {}): MonitorFacts {
  return monitor('PodMonitor', { podMetricsEndpoints: [endpoint], ...spec })
}

function monitor(kind: MonitorFacts['kind'], spec: object): MonitorFacts {
  return readMonitorFacts(kind, {
    metadata: { name: 'scraper', namespace: 'monitoring' },
    spec: { namespaceSelector: { any: true }, selector: { matchLabels: { app: 'web' } }, ...spec },
  })
}
