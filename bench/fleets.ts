import { bodyOf } from './body.ts'
import { randomFrom } from './random.ts'
import { INGRESS_POD, ingressLines } from './workloads/ingress.ts'
import { type Rule, SEED } from './workloads.ts'

/** Replicas of one application, whose metrics are added up. */
export interface Fleet {
  readonly name: string
  readonly description: string
  readonly targets: number
  /** How many ingresses each replica serves, on 10 paths, with 1,290 series each. */
  readonly ingresses: number
  /** Whether each replica has series of its own, since a label names the pod; else all have the same. */
  readonly hasOwnSeries: boolean
}

/** What is the same in all replicas, as one series of each ingress. */
export const FLEET_RULES: readonly Rule[] = [{ action: 'labeldrop', regex: 'path|controller_pod' }]

/** All fleets, by name, from small to large. */
export const FLEETS: ReadonlyMap<string, Fleet> = new Map(
  [
    { name: '10x10k', targets: 10, ingresses: 8, hasOwnSeries: false },
    { name: '50x10k', targets: 50, ingresses: 8, hasOwnSeries: false },
    { name: '100x10k', targets: 100, ingresses: 8, hasOwnSeries: false },
    { name: '20x72k', targets: 20, ingresses: 56, hasOwnSeries: false },
    { name: '20x10k-own', targets: 20, ingresses: 8, hasOwnSeries: true },
  ].map(fleet => [fleet.name, { ...fleet, description: describe(fleet) }]),
)

function describe({ targets, ingresses, hasOwnSeries }: Omit<Fleet, 'name' | 'description'>): string {
  const series = (1290 * ingresses).toLocaleString('en-US')
  return `${targets} × ${series} series${hasOwnSeries ? ', own' : ''}`
}

/** The fleet of that name. Throws for a name that there is not: check user input against FLEETS. */
export function fleetNamed(name: string): Fleet {
  const fleet = FLEETS.get(name)
  if (fleet === undefined) throw new Error(`BUG: no fleet ${name}`)
  return fleet
}

/** The expositions of all targets of a fleet in one scrape, numbered from 0; made as they are asked for. */
export function* expositionsOf(
  { targets, ingresses, hasOwnSeries }: Fleet,
  scrape: number,
): Generator<Buffer, void, undefined> {
  const body = bodyOf(ingressLines(ingresses, randomFrom(SEED), { scrape, churn: false }))
  for (let target = 0; target < targets; target++) {
    yield hasOwnSeries ? ofPod(body, `ingress-nginx-controller-${target}`) : body
  }
}

function ofPod(body: Buffer, pod: string): Buffer {
  return Buffer.from(body.toString('latin1').replaceAll(INGRESS_POD, pod), 'latin1')
}
