import type {
  AdmissionregistrationV1WebhookClientConfig,
  V1LabelSelectorRequirement,
  V1MatchCondition,
  V1MutatingWebhook,
  V1MutatingWebhookConfiguration,
  V1OwnerReference,
} from '@kubernetes/client-node'
import { FIELD_MANAGER, GROUP, INJECT_ANNOTATION } from '../api/labels.ts'
import type { MetricGate } from '../api/metricgate.ts'
import { injectsBySelector } from './choose-gate.ts'
import { ADMISSION_SECONDS_MAX, SELECTOR_ENTRIES_MAX } from './limits.ts'

/** Name of the MutatingWebhookConfiguration, unless another is asked for. */
export const WEBHOOK_CONFIGURATION_NAME = 'metricgate'
/** Path on which the API server calls. */
export const WEBHOOK_PATH = '/mutate'
/** Label with which a namespace keeps the webhook out: `metricgate.io/injection: disabled`. */
export const INJECTION_LABEL = `${GROUP}/injection`

const DISABLED = 'disabled'
const SYSTEM_NAMESPACE = 'kube-system'

/** How the API server reaches the webhook. */
export type WebhookAddress =
  | { readonly service: { readonly namespace: string; readonly name: string; readonly port: number } }
  /** `https://<host>:<port>`; for an operator that runs outside the cluster. */
  | { readonly url: string }

/** What the configuration is made of. */
export interface ConfigurationOptions {
  readonly configurationName: string
  readonly address: WebhookAddress
  /** PEM certificates that the API server is to trust. */
  readonly authorities: string
  /** The operator's own namespace: it must start without its own help. */
  readonly namespace: string
  /** The only namespaces whose pods are its business; none: all of them. */
  readonly watchNamespaces: readonly string[]
  /** The gates of all namespaces. */
  readonly gates: readonly MetricGate[]
  /** What the configuration is deleted with: the ClusterRole of the release. */
  readonly owner?: V1OwnerReference | undefined
}

const HAS_ANNOTATION = `has(object.metadata.annotations) && '${INJECT_ANNOTATION}' in object.metadata.annotations`
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name'

/** Selectors cannot see annotations; these conditions can, so that the API server does not even call for other pods. */
const OPTED_IN: V1MatchCondition = {
  name: 'opted-in',
  expression: `${HAS_ANNOTATION} && object.metadata.annotations['${INJECT_ANNOTATION}'] != 'false'`,
}
/** A pod with the annotation, whatever its value, is the business of the first entry alone. */
const NOT_ANNOTATED: V1MatchCondition = { name: 'not-annotated', expression: `!(${HAS_ANNOTATION})` }

/**
 * The MutatingWebhookConfiguration, for server-side apply: one entry for pods that opt in by annotation, and one for each
 * gate with `injection: Selector`, or one for all of them when there are many. No pod is refused because of the webhook itself
 * (`failurePolicy: Ignore`); a quota, for one, may refuse the sidecar. Pure.
 */
export function webhookConfiguration(options: ConfigurationOptions): V1MutatingWebhookConfiguration {
  const { configurationName, gates, owner } = options
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: {
      name: configurationName,
      labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER, 'app.kubernetes.io/name': 'metricgate' },
      ...(owner && { ownerReferences: [owner] }),
    },
    webhooks: [
      annotationWebhook(options),
      ...selectorWebhooks(gates.filter(injectsBySelector).sort(byName), options),
    ],
  }
}

function annotationWebhook(options: ConfigurationOptions): V1MutatingWebhook {
  return {
    ...commonParts(options),
    name: `pods.${GROUP}`,
    namespaceSelector: { matchExpressions: [...watchedNamespaces(options), ...allowedNamespaces(options)] },
    objectSelector: {},
    matchConditions: [OPTED_IN],
  }
}

function selectorWebhooks(gates: readonly MetricGate[], options: ConfigurationOptions): V1MutatingWebhook[] {
  return gates.length > SELECTOR_ENTRIES_MAX
    ? [namespacesWebhook(gates, options)]
    : gates.map(gate => selectorWebhook(gate, options))
}

/** For all pods of the gates' namespaces: the webhook itself looks which of them a gate selects. */
function namespacesWebhook(gates: readonly MetricGate[], options: ConfigurationOptions): V1MutatingWebhook {
  const values = [...new Set(gates.map(({ metadata }) => metadata.namespace))]
  const isOneOf = { key: NAMESPACE_NAME_LABEL, operator: 'In', values }
  return {
    ...commonParts(options),
    name: `selected.pods.${GROUP}`,
    namespaceSelector: { matchExpressions: [isOneOf, ...allowedNamespaces(options)] },
    objectSelector: {},
    matchConditions: [NOT_ANNOTATED],
  }
}

function selectorWebhook(gate: MetricGate, options: ConfigurationOptions): V1MutatingWebhook {
  const { name, namespace } = gate.metadata
  const { matchLabels, matchExpressions } = gate.spec.selector ?? {}
  const isNamespace = { key: NAMESPACE_NAME_LABEL, operator: 'In', values: [namespace] }
  return {
    ...commonParts(options),
    name: `${name}.${namespace}.pods.${GROUP}`,
    namespaceSelector: { matchExpressions: [isNamespace, ...allowedNamespaces(options)] },
    objectSelector: {
      ...(matchLabels && { matchLabels }),
      ...(matchExpressions && {
        matchExpressions: matchExpressions.map(({ values, ...rest }) => ({
          ...rest,
          ...(values && { values }),
        })),
      }),
    },
    matchConditions: [NOT_ANNOTATED],
  }
}

function commonParts(options: ConfigurationOptions) {
  return {
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options),
    rules: [
      {
        operations: ['CREATE'],
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['pods'],
        scope: 'Namespaced',
      },
    ],
    failurePolicy: 'Ignore',
    matchPolicy: 'Equivalent',
    reinvocationPolicy: 'IfNeeded',
    sideEffects: 'None',
    timeoutSeconds: ADMISSION_SECONDS_MAX,
  } satisfies Partial<V1MutatingWebhook>
}

function watchedNamespaces({ watchNamespaces }: ConfigurationOptions): V1LabelSelectorRequirement[] {
  if (watchNamespaces.length === 0) return []
  return [{ key: NAMESPACE_NAME_LABEL, operator: 'In', values: [...watchNamespaces] }]
}

function allowedNamespaces({ namespace }: ConfigurationOptions): V1LabelSelectorRequirement[] {
  return [
    { key: NAMESPACE_NAME_LABEL, operator: 'NotIn', values: [...new Set([SYSTEM_NAMESPACE, namespace])] },
    { key: INJECTION_LABEL, operator: 'NotIn', values: [DISABLED] },
  ]
}

/** Does the webhook leave the pods of a namespace alone, by its name or labels? `own` is the operator's. */
export function isLeftOut(name: string, labels: Readonly<Record<string, string>>, own: string): boolean {
  return name === SYSTEM_NAMESPACE || name === own || labels[INJECTION_LABEL] === DISABLED
}

function clientConfig({
  address,
  authorities,
}: ConfigurationOptions): AdmissionregistrationV1WebhookClientConfig {
  const caBundle = Buffer.from(authorities).toString('base64')
  if ('service' in address) return { service: { ...address.service, path: WEBHOOK_PATH }, caBundle }
  return { url: new URL(WEBHOOK_PATH, address.url).href, caBundle }
}

function byName(left: MetricGate, right: MetricGate): number {
  return fullName(left) < fullName(right) ? -1 : 1
}

function fullName({ metadata }: MetricGate): string {
  return `${metadata.namespace}/${metadata.name}`
}
