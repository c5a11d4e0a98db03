import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import type { LoadedConfig } from '../../../proxy/config/load.ts'
import type { ProxyConfigFile } from '../../../proxy/config.ts'
import { PolicyHost } from '../../../proxy/policy/host.ts'
import { afterBySystem } from '../../../proxy/policy/providers/clock.ts'
import { openGate } from '../../../proxy/server/gate.ts'
import { Reloader, type ReloadResult } from '../../../proxy/server/reloader.ts'
import { Runtime } from '../../../proxy/server/runtime.ts'
import { buildServer } from '../../../proxy/server/server.ts'
import type { NameResolver } from '../../../proxy/upstream/discovery/name-resolver.ts'
import { systemResolver } from '../../../proxy/upstream/discovery/system-resolver.ts'

/** An answer that is complete. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
}

/** A proxy that serves on a free port, with a clock that stands still until it is moved. */
export interface TestProxy {
  readonly port: number
  readonly runtime: Runtime
  /** Milliseconds since 1970. */
  readonly clock: { now: number }
  /** Lines of the log, each as `level: message`. */
  readonly log: readonly string[]
  /** Fetches a path; rejects if the answer breaks off. */
  get(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>
  /** Writes another configuration (undefined: removes the file), and lets the proxy look at it. */
  configure(config: ProxyConfigFile | string | undefined): Promise<ReloadResult>
  /** The value of one of the proxy's own metrics, 0 if it is absent. */
  metric(series: string): Promise<number>
  stop(): Promise<void>
}

function fetch(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  method: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, path, headers, method, host: '127.0.0.1', agent: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          const { statusCode: status = 0 } = response
          resolve({ status, headers: response.headers, body, text: body.toString() })
        })
      },
    )
    request.on('error', reject)
    request.end()
  })
}

/** Starts a proxy with a configuration (undefined: with none yet), and perhaps a DNS and a clock of its own. */
export async function startProxy(
  config: ProxyConfigFile | undefined,
  resolver: () => Promise<NameResolver> = systemResolver,
  clock = { now: Date.UTC(2026, 0, 1) },
): Promise<TestProxy> {
  let file: string | undefined = config === undefined ? undefined : JSON.stringify(config)
  const now = () => clock.now
  const log: string[] = []
  const logger = pino(
    { formatters: { level: label => ({ level: label }) } },
    {
      write: line => {
        const { level, msg } = JSON.parse(line)
        log.push(`${level}: ${msg}`)
      },
    },
  )
  const read = async () => {
    const text = file ?? ''
    return { ...(file === undefined ? {} : { file: { name: 'config.yaml', text } }), overrides: {}, env: {} }
  }
  const policies = new PolicyHost({
    clock: { now, after: afterBySystem },
    random: () => 0.5,
    log: logger,
    env: {},
    proxy: { version: '1.2.3', instanceId: 'test' },
    onChange: () => reloader.gate?.usePolicies(policies.series),
    watch: { settleMs: 1 },
  })
  const open = async (loaded: LoadedConfig) => {
    const gate = await openGate(loaded, { resolver })
    policies.use(loaded.config.policies)
    gate.usePolicies(policies.series)
    return gate
  }
  const reloader = new Reloader({ read, open, now })
  const facts = { version: '1.2.3', startedAtMs: clock.now, memoryBytes: () => 1e6, cpuSeconds: () => 0.5 }
  const runtime = new Runtime({ reloader, policies, log: logger, now, monotonicMs: now, facts })
  await runtime.look()
  const app = buildServer(runtime)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const get: TestProxy['get'] = (path, headers = {}, method = 'GET') => fetch(port, path, headers, method)
  return {
    port,
    runtime,
    clock,
    log,
    get,
    configure: next => {
      file = typeof next === 'object' ? JSON.stringify(next) : next
      return runtime.look()
    },
    metric: async series => {
      const { text } = await get('/_metrics')
      const line = text.split('\n').find(candidate => candidate.startsWith(`${series} `))
      return Number(line?.slice(series.length + 1) ?? 0)
    },
    stop: async () => {
      policies.close()
      app.server.closeAllConnections()
      await app.close()
      await runtime.gate()?.scraper.close()
    },
  }
}
