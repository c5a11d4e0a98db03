import { createHash } from 'node:crypto'
import type {
  V1Container,
  V1ContainerPort,
  V1EnvVar,
  V1ResourceRequirements,
  V1Volume,
} from '@kubernetes/client-node'
import { CONFIG_KEY, configMapName, DEFAULT_PROXY_PORT, PORT_NAME } from '../api/labels.ts'
import type { MetricGateSpec, ProxyOptions } from '../api/metricgate.ts'
import {
  CONFIG_DIRECTORY,
  livenessProbe,
  type ProxyUser,
  portArguments,
  proxyArguments,
  resourcesOf,
  restricted,
  USER,
  USER_MAX,
} from './container.ts'
import { podAttributes, policySources } from './policy-sources.ts'

/** A MetricGate, or what is known of one that a pod names and that is not there (yet): its name. */
export interface SidecarGate {
  readonly metadata: { readonly name: string }
  readonly spec?: MetricGateSpec | undefined
}

/** What the operator was started with; a gate's `spec.proxy` comes before it. */
export interface SidecarOptions {
  /** Image of the proxy. */
  readonly proxyImage: string
  /** Default: that of Kubernetes. */
  readonly imagePullPolicy?: ProxyOptions['imagePullPolicy']
  /** Of sidecars; aggregators need more. Default: `DEFAULT_RESOURCES`. */
  readonly resources?: ProxyOptions['resources']
  /** Default: `USER`. */
  readonly user?: ProxyUser
}

/** What the sidecar has to fit in with: the rest of its pod. */
export interface PodFacts {
  readonly containerNames: ReadonlySet<string>
  readonly volumeNames: ReadonlySet<string>
  /** TCP ports on which something in the pod is known to listen. */
  readonly ports: ReadonlySet<number>
  /** Named container ports; of two with the same name the one that a Service would choose. */
  readonly namedPorts: ReadonlyMap<string, number>
  /** Numeric users that containers of the pod run as. */
  readonly users: ReadonlySet<number>
  /** Containers that name no user of their own run as root, by the pod's word. */
  readonly runsAsRoot: boolean
  /** The pod as a whole has resources (`spec.resources`), from which its containers take theirs. */
  readonly sharesResources: boolean
}

/** What is added to a pod. */
export interface Sidecar {
  readonly container: V1Container
  readonly volumes: readonly V1Volume[]
  /** Port on which the proxy listens. */
  readonly port: number
  /** An init container that restarts always; otherwise an ordinary container. */
  readonly native: boolean
}

/** No limit of CPU: throttling makes scrapes late, and their interval bounds the use. */
const DEFAULT_RESOURCES: V1ResourceRequirements = {
  requests: { cpu: '10m', memory: '64Mi' },
  limits: { memory: '256Mi' },
}

const PORT_MIN = 1024
const PORT_MAX = 65_535
/** The last user that a pod with a user namespace of its own (`hostUsers: false`) has. */
const NAMESPACED_USER_MAX = 65_535

const EMPTY_POD: PodFacts = {
  containerNames: new Set(),
  volumeNames: new Set(),
  ports: new Set(),
  namedPorts: new Map(),
  users: new Set(),
  runsAsRoot: false,
  sharesResources: false,
}

/** The sidecar of a gate for one pod: names, port and user are free in that pod. Pure. */
export function sidecarOf(gate: SidecarGate, pod: PodFacts, options: SidecarOptions): Sidecar {
  const proxy = gate.spec?.proxy
  const port = sidecarPort(gate, pod)
  // Auto is native too: every Kubernetes release that the operator supports has native sidecars.
  const native = proxy?.nativeSidecar !== 'Never'
  const imagePullPolicy = proxy?.imagePullPolicy ?? options.imagePullPolicy
  const volume: V1Volume = {
    name: freeName('metricgate-config', pod.volumeNames),
    configMap: { name: configMapName(gate.metadata.name), optional: true },
  }
  const policies =
    gate.spec && policySources(gate.spec, podAttributes(), name => freeName(name, pod.volumeNames))
  const env = [...portVariables(pod.namedPorts), ...(policies?.env ?? [])]
  const container: V1Container = {
    name: freeName('metricgate', pod.containerNames),
    image: proxy?.image ?? options.proxyImage,
    ...(imagePullPolicy && { imagePullPolicy }),
    ...(native && { restartPolicy: 'Always' }),
    args: proxyArguments(CONFIG_KEY, port),
    ...(env.length > 0 && { env }),
    ports: [{ name: PORT_NAME, containerPort: port, protocol: 'TCP' }],
    volumeMounts: [
      { name: volume.name, mountPath: CONFIG_DIRECTORY, readOnly: true },
      ...(policies?.volumeMounts ?? []),
    ],
    // A pod with resources of its own has to cover those of its containers: more of them could make it invalid.
    ...(!pod.sharesResources && {
      resources: resourcesOf(proxy?.resources ?? options.resources, DEFAULT_RESOURCES),
    }),
    // Liveness alone. Readiness would take the application out of service because its metrics are, and the start-up of a
    // native sidecar would hold back the application's.
    livenessProbe: livenessProbe(),
    securityContext: restricted(sidecarUser(pod, options.user ?? USER)),
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
  return { container, volumes: [volume, ...(policies?.volumes ?? [])], port, native }
}

/**
 * Hash of what the gate injects, whatever the pod: 16 hexadecimal digits. A pod that carries another one has an outdated
 * sidecar. Rules and policies are not part of it: sidecars reload them. What policies are read from is.
 */
export function injectedHash(gate: SidecarGate, options: SidecarOptions): string {
  const { container, volumes } = sidecarOf(gate, EMPTY_POD, options)
  const [volume, ...more] = volumes
  // As in releases that had no other volumes: their sidecars are not outdated.
  const injected = { container, volume, ...(more.length > 0 && { more }) }
  return createHash('sha256').update(stableJson(injected)).digest('hex').slice(0, 16)
}

/**
 * The port that the gate asks for (or the default) or, if it is taken, the next one that is not. The port that the gate
 * reads counts as taken, since applications need not declare theirs.
 */
export function sidecarPort(gate: SidecarGate, pod: PodFacts, preferred = preferredPort(gate)): number {
  const taken = new Set(pod.ports)
  for (const target of gate.spec?.targets ?? []) {
    if (typeof target.port === 'number') taken.add(target.port)
  }
  return freeNumber(preferred, taken, PORT_MIN, PORT_MAX)
}

/** The port that the gate asks for, or the default. */
export function preferredPort(gate: SidecarGate): number {
  return gate.spec?.proxy.port ?? DEFAULT_PROXY_PORT
}

/** The user that the operator asks for or, if the pod has it, the next one. Not the pod's where that is root: `USER` then. */
function sidecarUser(pod: PodFacts, asked: ProxyUser): ProxyUser {
  if (asked === 'image' && !pod.runsAsRoot) return asked
  const preferred = asked === 'image' ? USER : asked
  const max = preferred > NAMESPACED_USER_MAX ? USER_MAX : NAMESPACED_USER_MAX
  return freeNumber(preferred, pod.users, 1, max)
}

/**
 * A sidecar that was injected before, made to fit a pod to which others have added containers since: another port if
 * its own is taken now, and the ports that have got names. Everything else stays as it is, whoever changed it.
 */
export function refitSidecar(container: V1Container, port: number, pod: PodFacts): V1Container {
  const variables = new Map((container.env ?? []).map(variable => [variable.name, variable]))
  for (const variable of portVariables(pod.namedPorts)) {
    if (variables.get(variable.name)?.value !== variable.value) variables.set(variable.name, variable)
  }
  return {
    ...container,
    ...(container.args && { args: replacePortArgument(container.args, port) }),
    ...(container.ports && { ports: container.ports.map(entry => withPort(entry, port)) }),
    ...(variables.size > 0 && { env: [...variables.values()] }),
  }
}

/** The proxy's configuration may name a port by `${PORT_<NAME>}`: which number it has differs from pod to pod. */
function portVariables(namedPorts: ReadonlyMap<string, number>): V1EnvVar[] {
  return Array.from(namedPorts, ([name, port]) => ({
    name: `PORT_${name.toUpperCase().replaceAll('-', '_')}`,
    value: String(port),
  }))
}

function replacePortArgument(args: readonly string[], port: number): string[] {
  const [flag, value] = portArguments(port)
  return args.map((argument, index) => (args[index - 1] === flag ? value : argument))
}

function withPort(entry: V1ContainerPort, port: number): V1ContainerPort {
  return entry.name === PORT_NAME ? { ...entry, containerPort: port } : entry
}

/**
 * `preferred` if it is free, else the next number that is, going on at `min` after `max`. A pod that leaves none free
 * gets `preferred`: it cannot work anyway.
 */
function freeNumber(preferred: number, taken: ReadonlySet<number>, min: number, max: number): number {
  let candidate = preferred
  for (let tries = max - min; taken.has(candidate) && tries >= 0; tries--) {
    candidate = candidate >= max ? min : Math.max(candidate + 1, min)
  }
  return taken.has(candidate) ? preferred : candidate
}

function freeName(preferred: string, taken: ReadonlySet<string>): string {
  let candidate = preferred
  for (let number = 2; taken.has(candidate); number++) candidate = `${preferred}-${number}`
  return candidate
}

/** JSON with sorted keys: equal for equal values. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  )
}
