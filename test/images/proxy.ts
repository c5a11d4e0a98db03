import { tmpdir } from 'node:os'
import type { Environment } from '../cluster/assets/cache.ts'
import { ImageArchive } from './archive.ts'
import { Container } from './container.ts'

/** A proxy that runs in a container until it is disposed of. */
export interface RunningProxy extends AsyncDisposable {
  readonly url: string
}

/** What the start of a proxy takes, until it answers on `/_health`. */
export interface StartCost {
  readonly wallMs: number
  readonly cpuMs: number
  /** Resident memory then, in bytes. */
  readonly residentBytes: number
}

/** Starts the proxy of an image, for an application that is not there. */
export async function startProxy(container: Container): Promise<RunningProxy> {
  const args = ['--upstream=http://127.0.0.1:9/metrics', '--port=0']
  const proxy = await container.start(args, listeningPort)
  return {
    url: `http://127.0.0.1:${proxy.found}`,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  }
}

/** Starts the proxy of an image once and measures it; needs root. */
export async function measureStart(archive: string, environment: Environment): Promise<StartCost> {
  const image = await ImageArchive.open(archive, environment)
  await using container = await Container.unpack(image, tmpdir())
  await container.run('--version') // the files are in memory then, as they are on a node that has run a sidecar before
  const started = performance.now()
  await using proxy = await startProxy(container)
  await (await fetch(`${proxy.url}/_health`)).text()
  const wallMs = performance.now() - started
  const metrics = await (await fetch(`${proxy.url}/_metrics`)).text()
  return {
    wallMs,
    cpuMs: 1000 * gauge(metrics, 'process_cpu_seconds_total'),
    residentBytes: gauge(metrics, 'process_resident_memory_bytes'),
  }
}

function listeningPort(line: string): number | undefined {
  const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
  return port === undefined ? undefined : Number(port)
}

function gauge(metrics: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1])
}
