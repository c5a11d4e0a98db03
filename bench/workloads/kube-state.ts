import type { Random } from '../random.ts'
import { counter, generation, type Moment, metadata, printGo, series } from './samples.ts'

/** One pod, as its label values. */
interface Pod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly node: number
  readonly app: string
}

/** What makes the lines that differ for one pod: further labels, which begin with a comma or are ''. */
type Variants = (pod: Pod) => readonly string[]

/** The value of one of the variants. */
type Value = (variant: number, random: Random, moment: Moment) => number

const CREATED_SECONDS = 1_700_000_000

const always: Value = () => 1
const never: Value = () => 0
const created: Value = (_variant, random) => CREATED_SECONDS + Math.floor(random() * 1e7)
const restarts: Value = (_variant, random, moment) => counter(random, moment, 20)
/** Of several states the first is the one that holds. */
const firstOnly: Value = variant => (variant === 0 ? 1 : 0)
const resources: Value = (variant, random) =>
  variant === 0 ? Math.ceil(random() * 40) / 20 : Math.ceil(random() * 64) * 2 ** 26

const plain: Variants = () => ['']
const container: Variants = () => [',container="main"']
const containerResources: Variants = () => [
  ',container="main",node="node-1",resource="cpu",unit="core"',
  ',container="main",node="node-1",resource="memory",unit="byte"',
]
const oneOf = (label: string, ...values: readonly string[]): Variants => {
  const labels = values.map(value => `,${label}="${value}"`)
  return () => labels
}

function containerInfo({ app }: Pod): readonly string[] {
  const image = `registry.example.com/shop/${app}`
  const digest = '7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730'
  return [`,container="main",image="${image}:1.42.0",image_id="${image}@sha256:${digest}"`]
}

function ips({ node }: Pod): readonly string[] {
  return [`,ip="10.128.${node >> 8}.${node & 255}",ip_family="4"`]
}

function owner({ app }: Pod): readonly string[] {
  return [`,owner_kind="ReplicaSet",owner_name="${app}-5d9f7c8b6d",owner_is_controller="true"`]
}

function info({ node, app }: Pod): readonly string[] {
  return [
    `,host_ip="10.0.${node >> 8}.${node & 255}",pod_ip="10.128.${node >> 8}.${node & 255}",node="node-${node}",` +
      `created_by_kind="ReplicaSet",created_by_name="${app}-5d9f7c8b6d",priority_class="",host_network="false"`,
  ]
}

function podLabels({ app }: Pod): readonly string[] {
  return [
    `,label_app_kubernetes_io_name="${app}",label_app_kubernetes_io_version="1.42.0",label_team="payments",` +
      `label_pod_template_hash="5d9f7c8b6d",label_helm_sh_chart="${app}-3.1.4"`,
  ]
}

function podAnnotations({ app }: Pod): readonly string[] {
  return [`,annotation_config="{\\"app\\":\\"${app}\\",\\"path\\":\\"C:\\\\\\\\data\\"}"`]
}

/** The families in the order in which they come: 40 lines for each pod. */
const FAMILIES: readonly (readonly [name: string, variants: Variants, value: Value])[] = [
  ['kube_pod_annotations', podAnnotations, always],
  ['kube_pod_container_info', containerInfo, always],
  ['kube_pod_container_resource_limits', containerResources, resources],
  ['kube_pod_container_resource_requests', containerResources, resources],
  ['kube_pod_container_state_started', container, created],
  ['kube_pod_container_status_ready', container, always],
  ['kube_pod_container_status_restarts_total', container, restarts],
  ['kube_pod_container_status_running', container, always],
  ['kube_pod_container_status_terminated', container, never],
  ['kube_pod_container_status_waiting', container, never],
  ['kube_pod_created', plain, created],
  ['kube_pod_info', info, always],
  ['kube_pod_ips', ips, always],
  ['kube_pod_labels', podLabels, always],
  ['kube_pod_owner', owner, always],
  ['kube_pod_restart_policy', oneOf('type', 'Always'), always],
  ['kube_pod_service_account', oneOf('service_account', 'default'), always],
  ['kube_pod_start_time', plain, created],
  [
    'kube_pod_status_phase',
    oneOf('phase', 'Running', 'Pending', 'Succeeded', 'Failed', 'Unknown'),
    firstOnly,
  ],
  ['kube_pod_status_qos_class', oneOf('qos_class', 'Burstable', 'BestEffort', 'Guaranteed'), firstOnly],
  ['kube_pod_status_ready', oneOf('condition', 'true', 'false', 'unknown'), firstOnly],
  [
    'kube_pod_status_reason',
    oneOf('reason', 'Evicted', 'NodeAffinity', 'NodeLost', 'Shutdown', 'Unexpected'),
    never,
  ],
  ['kube_pod_status_scheduled', oneOf('condition', 'true', 'false', 'unknown'), firstOnly],
  ['kube_pod_tolerations', oneOf('key', 'node.kubernetes.io/not-ready'), always],
]

/** What kube-state-metrics exposes about pods: many families, 40 lines for each pod, values that mostly stay. */
export function* kubeStateLines(pods: number, random: Random, moment: Moment): Generator<string> {
  for (const [name, variants, value] of FAMILIES) {
    const type = name.endsWith('_total') ? 'counter' : 'gauge'
    yield metadata(name, type, `[STABLE] ${name.replaceAll('_', ' ')} of a pod.`)
    for (let entity = 0; entity < pods; entity++) {
      const pod = podOf(entity, moment)
      const labels = `namespace="${pod.namespace}",pod="${pod.name}",uid="${pod.uid}"`
      let lines = ''
      for (const [index, variant] of variants(pod).entries())
        lines += `${series(name, labels + variant)}${printGo(value(index, random, moment))}\n`
      yield lines
    }
  }
}

function podOf(entity: number, moment: Moment): Pod {
  const app = `service-${String(Math.floor(entity / 10)).padStart(3, '0')}`
  const replaced = generation(moment, entity)
  const hash = (Math.imul(entity + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return {
    namespace: `team-${Math.floor(entity / 100)}`,
    name: `${app}-5d9f7c8b6d-${hash.slice(0, 5)}${replaced}`,
    uid: `${hash}-4c5e-4d2b-9f1a-${hash}${hash.slice(4)}${replaced}`,
    node: entity % 1000,
    app,
  }
}
