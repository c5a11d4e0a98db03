import type { ControlPlaneFiles } from './files.ts'

const SERVICE_NETWORK = '10.96.0.0/16'
/** The first address of the Services, which is that of the API server. */
export const API_SERVICE_ADDRESS = '10.96.0.1'

/** etcd's command line. It listens on Unix sockets only, so there is no port to find and nobody else who can reach it. */
export function etcdArguments(files: ControlPlaneFiles): string[] {
  const client = `unix://${files.etcdSocket}`
  // For peers etcd takes the host part as the socket's path, relative to the working directory.
  const peer = 'unix://peer:0'
  return flags({
    'data-dir': files.etcdData,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'unsafe-no-fsync': 'true',
  })
}

/** What kube-apiserver's place asks of its command line: alone on a machine it is on loopback. */
const ON_LOOPBACK = {
  'bind-address': '127.0.0.1',
  // Service default/kubernetes gets no endpoints: they may not be loopback addresses.
  'advertise-address': '127.0.0.1',
  'endpoint-reconciler-type': 'none',
}

/** On a node it is in a network where nobody else is, and where no DNS knows the node's name. */
function onNode(address: string): Record<string, string> {
  return { 'advertise-address': address, 'kubelet-preferred-address-types': 'InternalIP' }
}

/** What of an API server is up to whoever starts it. */
export interface ApiServerChoices {
  /** Where pods reach it; without it, it is on loopback only. */
  readonly nodeAddress: string | undefined
  /** Requests are recorded, as `files.auditPolicy` says. */
  readonly audited: boolean
  /** Admission plugins beside those that are on by default. */
  readonly admissionPlugins: readonly string[]
}

/** kube-apiserver's command line: over TLS, with RBAC and ServiceAccount tokens as in a real cluster. */
export function apiServerArguments(
  files: ControlPlaneFiles,
  port: number,
  { nodeAddress, audited, admissionPlugins }: ApiServerChoices,
): string[] {
  return flags({
    'etcd-servers': `unix://${files.etcdSocket}`,
    'secure-port': String(port),
    ...(nodeAddress === undefined ? ON_LOOPBACK : onNode(nodeAddress)),
    'tls-cert-file': files.servingCertificate,
    'tls-private-key-file': files.servingKey,
    'token-auth-file': files.tokens,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': files.serviceAccountKey,
    'service-account-signing-key-file': files.serviceAccountKey,
    'service-cluster-ip-range': SERVICE_NETWORK,
    ...(audited && { 'audit-policy-file': files.auditPolicy, 'audit-log-path': files.auditLog }),
    ...(admissionPlugins.length > 0 && { 'enable-admission-plugins': admissionPlugins.join() }),
  })
}

/** kube-controller-manager's command line. */
export function controllerManagerArguments(files: ControlPlaneFiles): string[] {
  return flags({
    kubeconfig: files.kubeconfig,
    'secure-port': '0',
    'leader-elect': 'false',
    'root-ca-file': files.caCertificate,
    'service-account-private-key-file': files.serviceAccountKey,
    // At the defaults, 20 and 30, the first ServiceAccount takes 6 s to appear.
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
  })
}

/** The command line of a program whose options are long and have values. */
export function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
