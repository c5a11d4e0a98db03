/** A container port of a pod. */
export interface ContainerPort {
  readonly name: string
  readonly number: number
}

/** A pod of namespace "default", as Prometheus sees it. */
export interface PodModel {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly ports: readonly ContainerPort[]
}

/** A Service of that namespace. */
export interface ServiceModel {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly selector: Readonly<Record<string, string>>
  readonly ports: readonly { name: string; port: number; targetPort?: number | string | undefined }[]
}

interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>> | undefined
  readonly matchExpressions?:
    | readonly { key: string; operator: string; values?: readonly string[] }[]
    | undefined
}

/** A ServiceMonitor or PodMonitor, as a user writes it. */
export interface MonitorModel {
  readonly kind: 'ServiceMonitor' | 'PodMonitor'
  readonly name: string
  readonly namespace: string
  readonly namespaceSelector?: { any?: boolean | undefined; matchNames?: string[] | undefined } | undefined
  readonly selector: Selector
  readonly endpoints: readonly {
    port?: string | undefined
    portNumber?: number | undefined
    targetPort?: number | string | undefined
    path?: string | undefined
  }[]
}

/** A target that Prometheus has discovered, with the labels that relabeling asks for. */
interface Discovered {
  readonly pod: string
  readonly address: number
  readonly endpointPortName?: string
  readonly containerPortName?: string
  readonly containerPortNumber?: number
}

/** What Prometheus asks for: "pod:port/path". */
export type Scrape = string

/** How a scrape is written. */
export function scrape(pod: string, port: number, path: string): Scrape {
  return `${pod}:${port}${path}`
}

/** `kubernetes_sd_configs` with role pod: a target for each container port. */
function discoverPod({ name, ports }: PodModel): Discovered[] {
  return ports.map(port => ({
    pod: name,
    address: port.number,
    containerPortName: port.name,
    containerPortNumber: port.number,
  }))
}

/** Role endpoints: the ports of the Service, then the container ports that none of them covers. */
function discoverService(service: ServiceModel, pods: readonly PodModel[]): Discovered[] {
  const wanted = Object.entries(service.selector)
  const selected = pods.filter(
    ({ labels }) => wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value),
  )
  return selected.flatMap(pod => {
    const endpoints = service.ports.flatMap(({ name, port, targetPort = port }) => {
      const containerPort = pod.ports.find(
        ({ name: of, number }) => of === targetPort || number === targetPort,
      )
      const address = containerPort?.number ?? targetPort
      if (typeof address === 'string') return []
      return [
        {
          ...discoverPod(pod).find(of => of.address === address),
          pod: pod.name,
          address,
          endpointPortName: name,
        },
      ]
    })
    const covered = endpoints.map(({ address }) => address)
    return [...endpoints, ...discoverPod(pod).filter(({ address }) => !covered.includes(address))]
  })
}

/** What a Prometheus that has picked up the monitor scrapes in namespace "default". */
export function scrapesOfMonitor(
  monitor: MonitorModel,
  pods: readonly PodModel[],
  services: readonly ServiceModel[],
): Set<Scrape> {
  const { any = false, matchNames = [] } = monitor.namespaceSelector ?? {}
  const namespaces = matchNames.length === 0 ? [monitor.namespace] : matchNames
  if (!any && !namespaces.includes('default')) return new Set()
  const discovered =
    monitor.kind === 'PodMonitor'
      ? pods.filter(({ labels }) => keeps(monitor.selector, labels)).flatMap(discoverPod)
      : services
          .filter(({ labels }) => keeps(monitor.selector, labels))
          .flatMap(service => discoverService(service, pods))
  const scrapes = monitor.endpoints.flatMap(endpoint =>
    discovered
      .filter(target => keepsPort(monitor.kind, endpoint, target))
      .map(({ pod, address }) => scrape(pod, address, endpoint.path || '/metrics')),
  )
  return new Set(scrapes)
}

/** What the usual job for annotated Services scrapes because of this one. */
export function scrapesOfService(service: ServiceModel, pods: readonly PodModel[]): Set<Scrape> {
  return scrapesByAnnotation(service.annotations, discoverService(service, pods))
}

/** What the usual job for annotated pods scrapes of this one. */
export function scrapesOfPod(pod: PodModel): Set<Scrape> {
  return scrapesByAnnotation(pod.annotations, discoverPod(pod))
}

function scrapesByAnnotation(
  annotations: PodModel['annotations'],
  discovered: readonly Discovered[],
): Set<Scrape> {
  if (annotations['prometheus.io/scrape'] !== 'true') return new Set()
  const port = annotations['prometheus.io/port'] ?? ''
  const path = annotations['prometheus.io/path'] ?? '/metrics'
  return new Set(
    discovered.map(({ pod, address }) => scrape(pod, /^\d+$/.test(port) ? Number(port) : address, path)),
  )
}

function keepsPort(
  kind: MonitorModel['kind'],
  { port, portNumber, targetPort }: MonitorModel['endpoints'][number],
  target: Discovered,
): boolean {
  if (port) return port === (kind === 'ServiceMonitor' ? target.endpointPortName : target.containerPortName)
  if (kind === 'PodMonitor' && portNumber) return target.containerPortNumber === portNumber
  if (typeof targetPort === 'string' && targetPort !== '') return target.containerPortName === targetPort
  if (typeof targetPort === 'number' && targetPort !== 0) return target.containerPortNumber === targetPort
  return true
}

function keeps({ matchLabels = {}, matchExpressions = [] }: Selector, labels: PodModel['labels']): boolean {
  const has = (key: string, values: readonly string[]): boolean => values.some(value => labels[key] === value)
  return (
    Object.keys(matchLabels).every(key => labels[key] === matchLabels[key]) &&
    !matchExpressions.some(({ key, operator, values = [] }) => {
      if (operator === 'In') return !has(key, values)
      if (operator === 'NotIn') return has(key, values)
      return (labels[key] !== undefined) !== (operator === 'Exists')
    })
  )
}
