import type { Dashboard } from './grafana.ts'
import { lines, quantiles, type Row, stat, table } from './panel.ts'

const OF = 'namespace=~"$namespace"'
const P = 'metricgate_operator'
/** Metrics of any process, of those that are operators. */
const IS_OPERATOR = `and on (job, instance) ${P}_build_info{${OF}}`

function rate(counter: string, by: string, matchers = ''): string {
  const selector = [OF, matchers].filter(Boolean).join(', ')
  return `sum by (${by}) (rate(${P}_${counter}{${selector}}[$__rate_interval]))`
}

const OVERVIEW: Row = {
  title: 'Overview',
  panels: [
    stat('Replicas', 'Operators that Prometheus scrapes.', 'short', `count(${P}_build_info{${OF}})`),
    stat(
      'Leaders',
      'Exactly one operator leads. It reconciles; all serve the webhook.',
      'short',
      `sum(${P}_leader{${OF}})`,
    ),
    stat('Gates', 'MetricGates in the cluster.', 'short', `sum(max by (ready) (${P}_gates{${OF}}))`),
    stat(
      'Gates not ready',
      'MetricGates whose condition Ready is not True.',
      'short',
      `sum(max by (ready) (${P}_gates{${OF}, ready!="True"}))`,
    ),
    stat(
      'Pods without sidecar',
      'Pods that should have a sidecar and have none. They are not scraped.',
      'short',
      `max(${P}_pods{${OF}, state="missed"})`,
    ),
    stat(
      'Pods with an outdated sidecar',
      'Pods whose sidecar would not be injected any more.',
      'short',
      `max(${P}_pods{${OF}, state="outdated"})`,
    ),
  ],
}

const GATES: Row = {
  title: 'Gates',
  panels: [
    table(
      'Problems of gates',
      'Conditions that are not as they should be. `kubectl describe metricgate` says more.',
      `max by (gate_namespace, gate, condition, reason) (${P}_gate_problem{${OF}})`,
    ),
    lines('Gates', 'MetricGates by the status of their condition Ready.', 'short', [
      'Ready {{ready}}',
      `max by (ready) (${P}_gates{${OF}})`,
    ]),
    lines('Pods', 'Pods of all gates, by what they have.', 'short', [
      '{{state}}',
      `max by (state) (${P}_pods{${OF}})`,
    ]),
    lines('Events', 'Events about gates; failure: the API server did not take them.', 'ops', [
      '{{reason}} {{result}}',
      rate('events_total', 'reason, result'),
    ]),
  ],
}

const WEBHOOK: Row = {
  title: 'Webhook',
  panels: [
    lines('Admissions', 'Pods that the API server asked about, by what became of them and why.', 'ops', [
      '{{outcome}} {{reason}}',
      rate('admissions_total', 'outcome, reason'),
    ]),
    lines(
      'Time to answer',
      'The API server waits for 5 s, then lets the pod in without a sidecar.',
      's',
      ...quantiles(`${P}_admission_duration_seconds`, OF),
    ),
    lines('Certificates', 'Time until they expire. They are renewed long before.', 's', [
      '{{kind}}',
      `min by (kind) (${P}_certificate_expiry_timestamp_seconds{${OF}}) - time()`,
    ]),
    lines(
      'Registration',
      'Writes of the certificates and of the webhook configuration. Few: a constant rate is a fight over them.',
      'ops',
      ['certificates', `sum(rate(${P}_certificate_renewals_total{${OF}}[$__rate_interval]))`],
      ['configuration', `sum(rate(${P}_webhook_registrations_total{${OF}}[$__rate_interval]))`],
    ),
    lines(
      'Replicas',
      'Which replica leads, and which are ready.',
      'short',
      ['leads {{pod}}', `max by (pod) (${P}_leader{${OF}})`],
      ['ready {{pod}}', `max by (pod) (${P}_ready{${OF}})`],
    ),
    lines('Changes of the leader', 'A replica began or ceased to lead.', 'ops', [
      '{{pod}}',
      rate('leader_transitions_total', 'pod'),
    ]),
  ],
}

const RECONCILING: Row = {
  title: 'Reconciling',
  panels: [
    lines('Reconciliations', 'By result. What fails is tried again, more and more slowly.', 'ops', [
      '{{result}}',
      rate('reconciles_total', 'result'),
    ]),
    lines(
      'Duration of a reconciliation',
      'One that finds everything in place takes milliseconds.',
      's',
      ...quantiles(`${P}_reconcile_duration_seconds`, OF),
    ),
    lines(
      'Time in the queue',
      'How long gates wait for their turn.',
      's',
      ...quantiles(`${P}_queue_duration_seconds`, OF),
    ),
    lines(
      'Queue',
      'Gates that wait, and those that come back after a failure.',
      'short',
      ['waiting {{pod}}', `sum by (pod) (${P}_queue_depth{${OF}})`],
      ['retries/s', `sum(rate(${P}_queue_retries_total{${OF}}[$__rate_interval]))`],
    ),
    lines(
      'Writes',
      'Objects and statuses that were written. In a steady state there are none.',
      'ops',
      ['apply {{kind}}', rate('objects_applied_total', 'kind')],
      ['delete {{kind}}', rate('objects_deleted_total', 'kind')],
      ['status', `sum(rate(${P}_status_writes_total{${OF}}[$__rate_interval]))`],
    ),
    lines('Restarts of workloads', 'For their sidecars, where proxy.rollout is Auto.', 'ops', [
      '{{result}}',
      rate('rollout_restarts_total', 'result'),
    ]),
  ],
}

const API: Row = {
  title: 'API server',
  panels: [
    lines('Requests', 'By method and status code; 0: no answer.', 'ops', [
      '{{method}} {{code}}',
      rate('api_requests_total', 'method, code'),
    ]),
    lines(
      'Time to an answer',
      'From the request to the headers of the answer; a watch answers at once and goes on.',
      's',
      ...quantiles(`${P}_api_request_duration_seconds`, OF, 'method'),
    ),
    lines(
      'Watches: time since the last word',
      'The API server says something about once a minute, if only that there is nothing new.',
      's',
      ['{{kind}}', `max by (kind) (time() - ${P}_watch_last_progress_timestamp_seconds{${OF}})`],
    ),
    lines('Watches begun again', 'By kind and reason. A few are usual: the API server ends watches.', 'ops', [
      '{{kind}} {{reason}}',
      rate('watch_restarts_total', 'kind, reason'),
    ]),
    lines('Watched objects', 'What the operator keeps in memory.', 'short', [
      '{{kind}}',
      `max by (kind) (${P}_watched_objects{${OF}})`,
    ]),
    lines('Objects that could not be handled', 'Each is a bug; the log has the error.', 'ops', [
      '{{kind}}',
      rate('handler_failures_total', 'kind'),
    ]),
  ],
}

const PROCESS: Row = {
  title: 'Process',
  panels: [
    lines('CPU', 'Cores used by each replica.', 'short', [
      '{{pod}}',
      `rate(process_cpu_seconds_total[$__rate_interval]) ${IS_OPERATOR}`,
    ]),
    lines('Memory', 'Resident memory.', 'bytes', ['{{pod}}', `process_resident_memory_bytes ${IS_OPERATOR}`]),
    lines('Event loop', 'How late timers are, 99th percentile: a busy process answers late.', 's', [
      '{{pod}}',
      `nodejs_eventloop_lag_p99_seconds ${IS_OPERATOR}`,
    ]),
  ],
}

/** What the operator does, and how the gates are. */
export const OPERATOR_DASHBOARD: Dashboard = {
  uid: 'metricgate-operator',
  title: 'MetricGate / Operator',
  description: 'What the operator of MetricGate does, and how the gates are.',
  variables: [{ name: 'namespace', query: `label_values(${P}_build_info, namespace)` }],
  rows: [OVERVIEW, GATES, WEBHOOK, RECONCILING, API, PROCESS],
}
