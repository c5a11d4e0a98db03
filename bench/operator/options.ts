import { parseArgs } from 'node:util'
import { UsageError } from '../options.ts'

/** What can be measured, in the order in which it is. */
export const PARTS = ['gates', 'admissions', 'pods', 'restart', 'steady', 'failover'] as const
export type Part = (typeof PARTS)[number]

/** What to measure, and with how much. */
export interface Options {
  readonly parts: readonly Part[]
  readonly gates: number
  readonly namespaces: number
  readonly pods: number
  /** How long pods are created for admission, for each of the arms. */
  readonly seconds: number
  /** Flags of Node for the operator, before those of its image. */
  readonly nodeFlags: readonly string[]
  /** How much the API server's heap grows until it collects garbage, in percent; Go's own default is 100. */
  readonly gogc: number
  readonly jsonFile: string | undefined
}

/** Text of `--help`. */
export const HELP = `npm run bench:operator [-- OPTIONS]: what the operator costs in a large cluster. Linux only.

  --only PART         one of ${PARTS.join(', ')} (default: all; can be repeated)
  --gates N           gates (default 1000)
  --namespaces N      namespaces that they are spread over (default 100)
  --pods N            pods with a sidecar (default 10000)
  --seconds N         admissions at 100 pods a second for so long in each arm (default 60)
  --node-flag FLAG    a flag of Node for the operator beside those of its image, such as --node-flag=--cpu-prof
                      (can be repeated)
  --gogc N            the API server collects garbage when its heap has grown by so many percent (default 1000; Go's is 100)
  --json FILE         writes the results there too
  --help              prints this text

The API server, etcd and the controller manager are real and run on this machine; there are no nodes, so pods are
objects only. etcd does not sync its files (unsafe-no-fsync). All of it takes about 10 minutes on two cores.
`

function countFrom(option: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new UsageError(`--${option}: expected a number from 1 to 999999, got ${JSON.stringify(text)}`)
  return Number(text)
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true },
        gates: { type: 'string', default: '1000' },
        namespaces: { type: 'string', default: '100' },
        pods: { type: 'string', default: '10000' },
        seconds: { type: 'string', default: '60' },
        'node-flag': { type: 'string', multiple: true },
        gogc: { type: 'string', default: '1000' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function partsFrom(given: readonly string[] | undefined): readonly Part[] {
  const unknown = given?.find(name => !PARTS.some(part => part === name))
  if (unknown !== undefined)
    throw new UsageError(
      `--only: there is no ${JSON.stringify(unknown)}; expected one of ${PARTS.join(', ')}`,
    )
  return PARTS.filter(part => given === undefined || given.includes(part))
}

/** Reads the command line; 'help' where that is asked for. Throws UsageError. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const values = parse(args)
  if (values.help) return 'help'
  const gates = countFrom('gates', values.gates)
  return {
    parts: partsFrom(values.only),
    gates,
    namespaces: Math.min(gates, countFrom('namespaces', values.namespaces)),
    pods: countFrom('pods', values.pods),
    seconds: countFrom('seconds', values.seconds),
    nodeFlags: values['node-flag'] ?? [],
    gogc: countFrom('gogc', values.gogc),
    jsonFile: values.json,
  }
}
