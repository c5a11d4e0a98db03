import type { ControlPlaneFiles } from './files.ts'

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

/** kube-apiserver's command line: on loopback, over TLS, with RBAC and ServiceAccount tokens as in a real cluster. */
export function apiServerArguments(files: ControlPlaneFiles, port: number): string[] {
  return flags({
    'etcd-servers': `unix://${files.etcdSocket}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    // Service default/kubernetes gets no endpoints: they may not be loopback addresses.
    'advertise-address': '127.0.0.1',
    'endpoint-reconciler-type': 'none',
    'tls-cert-file': files.servingCertificate,
    'tls-private-key-file': files.servingKey,
    'token-auth-file': files.tokens,
    'authorization-mode': 'RBAC',
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': files.serviceAccountKey,
    'service-account-signing-key-file': files.serviceAccountKey,
    'service-cluster-ip-range': '10.96.0.0/16',
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

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`)
}
