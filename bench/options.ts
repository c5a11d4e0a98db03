import { parseArgs } from 'node:util'
import { FLEETS } from './fleets.ts'
import { DEFAULT_IMPLEMENTATIONS, IMPLEMENTATIONS } from './implementations.ts'
import { WORKLOADS } from './workloads.ts'

/** Which rules a peer is measured with. */
export const PEER_RULES = ['agg', 'filter', 'none'] as const
export type PeerRules = (typeof PEER_RULES)[number]

/** What to measure. */
export interface Options {
  readonly workloads: readonly string[]
  readonly fleets: readonly string[]
  readonly rounds: number
  readonly implementations: readonly string[]
  readonly peer: { readonly command: string; readonly rules: PeerRules } | undefined
  readonly soak: boolean
  readonly jsonFile: string | undefined
}

/** A command line that cannot be understood. */
export class UsageError extends Error {
  readonly code = 'E_USAGE'
}

/** Text of `--help`. */
export const HELP = `npm run bench [-- OPTIONS]: what a scrape costs, beside the floors and a naive proxy. Linux only.

  --quick                 ingress-130k and fleet 10x10k only, 3 rounds, no soak
  --workload NAME         one of ${[...WORKLOADS.keys()].join(', ')}
                          (default: all; can be repeated)
  --fleet NAME            aggregation over many targets: one of
                          ${[...FLEETS.keys()].join(', ')}
                          (default: all; can be repeated)
  --no-fleets             without aggregation
  --rounds N              turns of each subject (default 5)
  --implementation NAME   in process: ${[...IMPLEMENTATIONS.keys()].join(', ')}
                          (default: ${DEFAULT_IMPLEMENTATIONS.join(', ')}; can be repeated)
  --peer COMMAND          another proxy to put beside ours, as a command line for sh; in it
                            {upstream}  is the URL that it has to scrape
                            {port}      is the port on which it has to serve /metrics
                            {rules}     is a YAML file with a list of metric_relabel_configs
                          what is measured is the process that the command becomes, not its children
  --peer-rules NAME       the rules that the peer gets: ${PEER_RULES.join(', ')} (default agg)
  --no-soak               without 5,000 scrapes of the small workload, and without idle CPU
  --json FILE             writes the results there too
  --help                  prints this text

Example of a peer: --peer 'metric-gate --upstream {upstream} --port {port} --relabel-file {rules}'

Times are CPU time, user and system, unless they are called wall. Everything in one table was
measured in turn (A B C A B C …), so the ratios hold on a busy machine too. The largest workload
needs 4 GB of memory and some minutes.
`

/** A list of names, all of them where nothing is said. */
function namesFrom(
  option: string,
  given: readonly string[] | undefined,
  known: readonly string[],
): readonly string[] {
  for (const name of given ?? []) {
    if (!known.includes(name))
      throw new UsageError(
        `--${option}: there is no ${JSON.stringify(name)}; expected one of ${known.join(', ')}`,
      )
  }
  return given === undefined ? known : known.filter(name => given.includes(name))
}

function countFrom(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text))
    throw new UsageError(`--${option}: expected a number from 1 to 9999, got ${JSON.stringify(text)}`)
  return Number(text)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean', default: false },
        workload: { type: 'string', multiple: true },
        fleet: { type: 'string', multiple: true },
        'no-fleets': { type: 'boolean', default: false },
        rounds: { type: 'string' },
        implementation: { type: 'string', multiple: true },
        peer: { type: 'string' },
        'peer-rules': { type: 'string' },
        'no-soak': { type: 'boolean', default: false },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function peerFrom(command: string | undefined, rulesName: string | undefined): Options['peer'] {
  if (command === undefined) {
    if (rulesName !== undefined) throw new UsageError('--peer-rules: there is no --peer')
    return undefined
  }
  const rules = PEER_RULES.find(known => known === (rulesName ?? 'agg'))
  if (rules === undefined)
    throw new UsageError(
      `--peer-rules: expected one of ${PEER_RULES.join(', ')}, got ${JSON.stringify(rulesName)}`,
    )
  for (const placeholder of ['{upstream}', '{port}']) {
    if (!command.includes(placeholder)) throw new UsageError(`--peer: the command has no ${placeholder}`)
  }
  return { command, rules }
}

/** Reads the command line; 'help' where that is asked for. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const workloads = values.workload ?? (values.quick ? ['ingress-130k'] : undefined)
  const fleets = values.fleet ?? (values.quick ? ['10x10k'] : undefined)
  return {
    workloads: namesFrom('workload', workloads, [...WORKLOADS.keys()]),
    fleets: namesFrom('fleet', values['no-fleets'] ? [] : fleets, [...FLEETS.keys()]),
    rounds: countFrom('rounds', values.rounds ?? (values.quick ? '3' : '5')),
    implementations: namesFrom('implementation', values.implementation ?? DEFAULT_IMPLEMENTATIONS, [
      ...IMPLEMENTATIONS.keys(),
    ]),
    peer: peerFrom(values.peer, values['peer-rules']),
    soak: !values.quick && !values['no-soak'],
    jsonFile: values.json,
  }
}
