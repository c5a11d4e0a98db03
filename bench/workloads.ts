import { type Random, randomFrom } from './random.ts'
import { applicationLines } from './workloads/application.ts'
import { ingressLines } from './workloads/ingress.ts'
import { kubeStateLines } from './workloads/kube-state.ts'
import type { Moment } from './workloads/samples.ts'

export type { Moment } from './workloads/samples.ts'

/** A relabelling rule of the benchmark. The naive baseline knows these two kinds only. */
export type Rule =
  | { readonly action: 'labeldrop'; readonly regex: string }
  | { readonly action: 'keep'; readonly source_labels: string[]; readonly regex: string }

/** An application to scrape, and what to do with its metrics. */
export interface Workload {
  readonly name: string
  readonly description: string
  /** The exposition in pieces of whole lines. */
  readonly lines: (random: Random, moment: Moment) => Iterable<string>
  readonly rules: {
    /** Merges series. */
    readonly agg: readonly Rule[]
    /** Keeps about 10 % of the lines, by name. */
    readonly filter: readonly Rule[]
  }
}

const dropLabel = (regex: string): readonly Rule[] => [{ action: 'labeldrop', regex }]
const keepName = (regex: string): readonly Rule[] => [{ action: 'keep', source_labels: ['__name__'], regex }]

const INGRESS_RULES = {
  agg: dropLabel('path'),
  filter: keepName('nginx_ingress_controller_request_duration_seconds_bucket'),
}

/** All workloads, by name, from small to large. */
export const WORKLOADS: ReadonlyMap<string, Workload> = new Map(
  [
    {
      name: 'app-2k',
      description: 'a small service',
      lines: (random: Random, moment: Moment) => applicationLines(100, random, moment),
      rules: { agg: dropLabel('path'), filter: keepName('http_requests_total') },
    },
    {
      name: 'ingress-130k',
      description: 'an ingress controller, 100 ingresses × 10 paths',
      lines: (random: Random, moment: Moment) => ingressLines(100, random, moment),
      rules: INGRESS_RULES,
    },
    {
      name: 'kube-state-200k',
      description: 'kube-state-metrics, 5,000 pods',
      lines: (random: Random, moment: Moment) => kubeStateLines(5000, random, moment),
      rules: {
        agg: dropLabel('pod|uid|host_ip|pod_ip|ip|node|annotation_.*'),
        filter: keepName('kube_pod_container_resource_(requests|limits)'),
      },
    },
    {
      name: 'ingress-1.29m',
      description: 'an ingress controller, 1,000 ingresses × 10 paths',
      lines: (random: Random, moment: Moment) => ingressLines(1000, random, moment),
      rules: INGRESS_RULES,
    },
  ].map(workload => [workload.name, workload]),
)

/** The workload of the soak. */
export const SMALL_WORKLOAD = 'app-2k'

/** All expositions of the benchmark grow from this seed. */
export const SEED = 4

/** The workload of that name. Throws for a name that there is not: check user input against WORKLOADS. */
export function workloadNamed(name: string): Workload {
  const workload = WORKLOADS.get(name)
  if (workload === undefined) throw new Error(`BUG: no workload ${name}`)
  return workload
}

/** The exposition that an application shows at a moment, in pieces. The same seed gives the same bytes. */
export function linesOf(workload: Workload, moment: Moment, seed = SEED): Iterable<string> {
  return workload.lines(randomFrom(seed), moment)
}
