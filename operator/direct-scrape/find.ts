import type { MetricGate } from '../api/metricgate.ts'
import type { WatchedPod } from '../controller/watched.ts'
import { preferredPort } from '../resources/sidecar.ts'
import { matchesLabels } from '../webhook/label-selector.ts'
import { annotatedEndpoint } from './annotations.ts'
import { type NamedPorts, reachOf, type ScrapedPort, type ScrapeEndpoint, sameMetrics } from './endpoint.ts'
import type { MonitorEndpoint, MonitorFacts } from './monitor.ts'
import { isInjected, PodSet } from './pods.ts'
import type { ServiceFacts } from './service.ts'

/** What is around the gate, in its namespace. */
export interface ScrapeSurroundings {
  /** `filteredPods`. */
  readonly pods: readonly WatchedPod[]
  readonly services: readonly NamedService[]
  /** Those that look into the namespace, without the gates' own. */
  readonly monitors: readonly MonitorFacts[]
}

/** A Service of the namespace. */
export interface NamedService {
  readonly name: string
  readonly facts: ServiceFacts
}

/** Something that scrapes pods of a gate. */
export interface Scraper {
  readonly kind: 'ServiceMonitor' | 'PodMonitor' | 'Annotation'
  /** "ServiceMonitor monitoring/web"; of an annotation what carries it: "Service web", "pods of ReplicaSet web-5d4". */
  readonly name: string
  /** The port that it names, or "every port". */
  readonly port: string
  /** Its relabelings, which are not looked at, may keep it away. */
  readonly mayBeRelabelled: boolean
}

/** What scrapes the gate's pods, and how. */
export interface FoundScrapers {
  /** Past the gate. */
  readonly direct: readonly Scraper[]
  /** Past the gate if a name and a number are the same port, which the pods would tell. */
  readonly undecided: readonly Scraper[]
  /** Pods that are scraped through the gate by their annotation. */
  readonly throughGate: readonly Scraper[]
  /** Pods whose named ports would tell more. */
  readonly unknownPods: readonly WatchedPod[]
}

/** What can be said of one scraper. */
interface Finding {
  readonly scraper: Scraper
  readonly verdict: 'direct' | 'undecided' | 'throughGate' | 'none'
  readonly unknownPods: readonly WatchedPod[]
}

/**
 * Finds what scrapes the gate's pods beside the gate. Selection is that of the Prometheus operator (`pkg/prometheus/promcfg.go`:
 * generateServiceMonitorConfig, generatePodMonitorConfig) and of Kubernetes' Services; a ServiceMonitor that names no Service port
 * reaches the container ports of the pods behind it (`discovery/kubernetes/endpoints.go` of Prometheus). `portsOf` tells the named
 * ports of a pod, if they are known. Pure.
 */
export function findScrapers(
  gate: MetricGate,
  { pods, services, monitors }: ScrapeSurroundings,
  portsOf: (pod: WatchedPod) => NamedPorts | undefined,
): FoundScrapers {
  const podSet = new PodSet(pods)
  const selecting = services
    .map(service => ({ ...service, pods: podSet.behind(service.facts.selector) }))
    .filter(service => service.pods.length > 0)
  const judge = judgeFor(gate, portsOf)
  const findings = [
    ...monitors.flatMap(monitor =>
      monitor.kind === 'PodMonitor'
        ? judgePodMonitor(monitor, podSet, judge)
        : judgeServiceMonitor(monitor, selecting, judge),
    ),
    ...selecting.flatMap(service => judgeService(service, judge)),
    ...pods.flatMap(pod => judgePod(pod, gate, judge)),
  ]
  return {
    direct: scrapersOf(findings, 'direct'),
    undecided: scrapersOf(findings, 'undecided'),
    throughGate: scrapersOf(findings, 'throughGate'),
    unknownPods: [...new Set(findings.flatMap(({ unknownPods }) => unknownPods))],
  }
}

interface SelectingService extends NamedService {
  /** Pods of the gate that it selects. */
  readonly pods: readonly WatchedPod[]
}

type Judge = (scraper: Scraper, endpoint: ScrapeEndpoint, pods: readonly WatchedPod[]) => Finding

/** Judges whether a scraper that asks this of these pods gets what the gate reads. */
function judgeFor(gate: MetricGate, portsOf: (pod: WatchedPod) => NamedPorts | undefined): Judge {
  return (scraper, endpoint, pods) => {
    const targets = sameMetrics(endpoint, gate.spec.targets)
    const reach = reachOf(endpoint.port, targets)
    if (pods.length === 0 || reach === 'no') return { scraper, verdict: 'none', unknownPods: [] }
    if (reach === 'yes') return { scraper, verdict: 'direct', unknownPods: [] }
    const known = pods.map(portsOf)
    const isDirect = known.some(ports => ports && reachOf(endpoint.port, targets, ports) === 'yes')
    if (isDirect) return { scraper, verdict: 'direct', unknownPods: [] }
    const unknownPods = pods.filter((_, index) => known[index] === undefined)
    // Some of the pods speak for all until the others are known, too.
    return { scraper, verdict: unknownPods.length === pods.length ? 'undecided' : 'none', unknownPods }
  }
}

function judgePodMonitor(monitor: MonitorFacts, pods: PodSet, judge: Judge): Finding[] {
  const selected = pods.matching(monitor.selector)
  return monitor.endpoints.map(endpoint => judge(scraperOf(monitor, endpoint), endpoint, selected))
}

function judgeServiceMonitor(
  monitor: MonitorFacts,
  services: readonly SelectingService[],
  judge: Judge,
): Finding[] {
  return services
    .filter(({ facts }) => matchesLabels(monitor.selector, facts.labels))
    .flatMap(({ facts, pods }) =>
      monitor.endpoints.flatMap(endpoint =>
        portsBehind(endpoint, facts).map(port =>
          judge(scraperOf(monitor, endpoint), { ...endpoint, port }, pods),
        ),
      ),
    )
}

/** The container ports that an endpoint of a ServiceMonitor reaches through the Service. */
function portsBehind({ servicePort, port }: MonitorEndpoint, { ports }: ServiceFacts): ScrapedPort[] {
  if (servicePort === undefined) return [port]
  return ports.filter(({ name }) => name === servicePort).map(({ targetPort }) => targetPort)
}

function judgeService({ name, facts, pods }: SelectingService, judge: Judge): Finding[] {
  const endpoint = annotatedEndpoint(facts.annotations)
  return endpoint === undefined ? [] : [judge(annotated(`Service ${name}`, endpoint), endpoint, pods)]
}

function judgePod(pod: WatchedPod, gate: MetricGate, judge: Judge): Finding[] {
  const endpoint = annotatedEndpoint(pod.metadata.annotations)
  if (endpoint === undefined) return []
  const scraper = annotated(carrierOf(pod), endpoint)
  if (!isInjected(pod)) return [judge(scraper, endpoint, [pod])]
  // Fast path: the webhook has led the annotation to the sidecar, at the port that the gate prefers. No need to read the pod.
  if (endpoint.port === preferredPort(gate)) return [{ scraper, verdict: 'throughGate', unknownPods: [] }]
  const finding = judge(scraper, endpoint, [pod])
  return [finding.verdict === 'none' ? { ...finding, verdict: 'throughGate' } : finding]
}

/** The workload, where there is one: its name stays when its pods are replaced. */
function carrierOf({ metadata: { name, owner } }: WatchedPod): string {
  return owner === undefined ? `pod ${name}` : `pods of ${owner.kind} ${owner.name}`
}

function annotated(name: string, endpoint: ScrapeEndpoint): Scraper {
  return { kind: 'Annotation', name, port: portName(endpoint.port), mayBeRelabelled: false }
}

function scraperOf({ kind, namespace, name }: MonitorFacts, endpoint: MonitorEndpoint): Scraper {
  return {
    kind,
    name: `${kind} ${namespace}/${name}`,
    port: portName(endpoint.servicePort ?? endpoint.port),
    mayBeRelabelled: endpoint.relabels,
  }
}

function portName(port: ScrapedPort): string {
  return port === undefined ? 'every port' : `port ${port}`
}

/** Each scraper with a verdict once, in a stable order. */
function scrapersOf(findings: readonly Finding[], verdict: Finding['verdict']): Scraper[] {
  const found = new Map<string, Scraper>()
  for (const { scraper } of findings.filter(finding => finding.verdict === verdict)) {
    const key = `${ORDER.indexOf(scraper.kind)} ${scraper.name} ${scraper.port}`
    const before = found.get(key)
    // One endpoint that surely scrapes is enough.
    if (before === undefined || before.mayBeRelabelled) found.set(key, scraper)
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, scraper]) => scraper)
}

/** What surely is followed comes first. */
const ORDER: readonly Scraper['kind'][] = ['ServiceMonitor', 'PodMonitor', 'Annotation']
