import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ProxyConfigFile } from '../proxy/config.ts'
import type { Rule } from './workloads.ts'

/** The part of a configuration that says what leaves. */
export type Outputs = Pick<ProxyConfigFile, 'metric_relabel_configs' | 'subsets'>

const root = path.join(import.meta.dirname, '..')

/** Builds the proxy as it is shipped. Throws when that fails. */
export function buildProxy(): void {
  const { status, stderr, error } = spawnSync('npm', ['run', '--silent', 'build:proxy'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`npm run build:proxy failed: ${error?.message ?? stderr}`)
}

/** How the image starts the proxy, with this Node and the bundle of this tree. `dockerfile` is the text of Dockerfile.proxy. */
export function entrypointOf(dockerfile: string): string[] {
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1]
  if (entrypoint === undefined) throw new Error('Dockerfile.proxy has no ENTRYPOINT')
  const [, ...args]: string[] = JSON.parse(entrypoint)
  return [process.execPath, ...args.map(arg => arg.replace('/app/', `${path.join(root, 'dist')}/`))]
}

/** A directory for the configurations of one run. */
export class Configurations {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'metricgate-bench-'))
  #count = 0

  /** The command line of our proxy, with a configuration written for it. No limit cuts anything. */
  proxyCommand(upstreamUrl: string, port: number, outputs: Outputs): string[] {
    const config: ProxyConfigFile = {
      upstream_url: upstreamUrl,
      listen_address: '127.0.0.1',
      listen_port: port,
      log_level: 'error',
      scrape_timeout: '10m',
      prometheus: { max_input_bytes_per_scrape: 0, max_output_bytes_per_scrape: 0, on_limit: 'fail' },
      ...outputs,
    }
    const dockerfile = readFileSync(path.join(root, 'Dockerfile.proxy'), 'utf8')
    return [...entrypointOf(dockerfile), this.#write(config)]
  }

  /** A peer's command line, with what its placeholders stand for. */
  peerCommand(template: string, upstreamUrl: string, port: number, rules: readonly Rule[]): string {
    return template
      .replaceAll('{upstream}', upstreamUrl)
      .replaceAll('{port}', String(port))
      .replaceAll('{rules}', () => this.#write(rules))
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true })
  }

  /** Writes JSON, which is YAML too, and returns its path. */
  #write(value: unknown): string {
    const file = path.join(this.#directory, `${this.#count++}.yaml`)
    writeFileSync(file, JSON.stringify(value))
    return file
  }
}
