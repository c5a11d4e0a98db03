import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from './credentials.ts'

/** Where the files of one control plane are. */
export interface ControlPlaneFiles {
  readonly etcdData: string
  readonly etcdSocket: string
  readonly caCertificate: string
  readonly servingCertificate: string
  readonly servingKey: string
  readonly serviceAccountKey: string
  readonly tokens: string
  readonly kubeconfig: string
  readonly auditPolicy: string
  readonly auditLog: string
}

/** Names the files of a control plane that lives in `directory`. */
export function controlPlaneFiles(directory: string): ControlPlaneFiles {
  return {
    etcdData: join(directory, 'etcd'),
    etcdSocket: join(directory, 'etcd.sock'),
    caCertificate: join(directory, 'ca.crt'),
    servingCertificate: join(directory, 'serving.crt'),
    servingKey: join(directory, 'serving.key'),
    serviceAccountKey: join(directory, 'service-account.key'),
    tokens: join(directory, 'tokens.csv'),
    kubeconfig: join(directory, 'kubeconfig'),
    auditPolicy: join(directory, 'audit-policy.json'),
    auditLog: join(directory, 'audit.log'),
  }
}

/** Writes the credentials where the programs look for them. */
export async function writeCredentials(files: ControlPlaneFiles, credentials: Credentials): Promise<void> {
  // kube-apiserver's --token-auth-file: token, user, user id, groups. Members of system:masters may do everything.
  const tokens = `${credentials.adminToken},admin,admin,system:masters\n`
  await mkdir(files.etcdData, { mode: 0o700 })
  const contents: readonly (readonly [string, string])[] = [
    [files.caCertificate, credentials.caCertificate],
    [files.servingCertificate, credentials.servingCertificate],
    [files.servingKey, credentials.servingKey],
    [files.serviceAccountKey, credentials.serviceAccountKey],
    [files.tokens, tokens],
  ]
  await Promise.all(contents.map(([path, text]) => writeFile(path, text, { mode: 0o600 })))
}
