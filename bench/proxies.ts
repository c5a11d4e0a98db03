import path from 'node:path'
import type { Options } from './options.ts'
import type { Configurations, Outputs } from './proxy-command.ts'
import { type ProxySpec, pathOf, type Transfer } from './subjects.ts'
import type { Rule, Workload } from './workloads.ts'

const PLAIN = { transfer: 'length', headers: {} } as const

/** All proxies that are measured with a workload: ours in several uses, the peer, the naive one. */
export class Proxies {
  readonly #rules: Workload['rules']
  readonly #upstreamPort: number
  readonly #configurations: Configurations

  constructor({ rules }: Workload, upstreamPort: number, configurations: Configurations) {
    this.#rules = rules
    this.#upstreamPort = upstreamPort
    this.#configurations = configurations
  }

  ours(): ProxySpec[] {
    const agg = { metric_relabel_configs: [...this.#rules.agg] }
    const filter = { metric_relabel_configs: [...this.#rules.filter] }
    const subsets = [
      { name: 'merged', ...agg },
      { name: 'kept', ...filter },
    ]
    return [
      this.#our('agg', agg),
      this.#our('filter', filter),
      this.#our('pass-through', {}),
      this.#our('agg + 2 subsets', { ...agg, subsets }),
      this.#our('agg, 4 KiB chunks', agg, { transfer: 'chunked' }),
      this.#our('filter, 4 KiB chunks', filter, { transfer: 'chunked' }),
      this.#our('agg, gzip', agg, { headers: { 'accept-encoding': 'gzip' } }),
    ]
  }

  peer({ command, rules }: NonNullable<Options['peer']>): ProxySpec {
    const configs: readonly Rule[] = rules === 'none' ? [] : this.#rules[rules]
    return {
      ...PLAIN,
      name: `peer ${rules}`,
      command: port => this.#configurations.peerCommand(command, this.#url('length'), port, configs),
    }
  }

  naive(): ProxySpec[] {
    const program = path.join(import.meta.dirname, 'naive-proxy.ts')
    return Object.entries(this.#rules).map(([name, rules]) => ({
      ...PLAIN,
      name: `naive ${name}`,
      command: port => [process.execPath, program, this.#url('length'), String(port), JSON.stringify(rules)],
    }))
  }

  #our(
    name: string,
    outputs: Outputs,
    use: Partial<Pick<ProxySpec, 'transfer' | 'headers'>> = {},
  ): ProxySpec {
    const { transfer, headers } = { ...PLAIN, ...use }
    const command = (port: number) => this.#configurations.proxyCommand(this.#url(transfer), port, outputs)
    return { name, transfer, headers, command }
  }

  #url(transfer: Transfer): string {
    return `http://127.0.0.1:${this.#upstreamPort}${pathOf(transfer)}`
  }
}
