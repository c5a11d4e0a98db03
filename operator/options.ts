import { parseArgs } from 'node:util'
import * as z from 'zod'
import { WATCHED_NAMESPACES_MAX } from './controller/limits.ts'
import { LEASE_SECONDS_MAX, LEASE_SECONDS_MIN } from './leader/limits.ts'
import { ANY_ADDRESS } from './listen-address.ts'
import { proxyResourcesSchema, proxyUserSchema } from './proxy-flags.ts'
import { USER } from './resources/container.ts'
import { WEBHOOK_CONFIGURATION_NAME } from './webhook/configuration.ts'
import { DRAIN_SECONDS_MAX } from './webhook/limits.ts'

/** A command line or environment that the operator cannot be started with; the message names the flag and what would be right. */
export class OptionsError extends Error {
  readonly code = 'E_OPTIONS'
}

const portSchema = z.coerce.number('a port number from 0 (any free port) to 65535').int().min(0).max(65535)
const nameSchema = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'the name of a Kubernetes object')

const leaseSecondsSchema = z.coerce
  .number(`a number of seconds from ${LEASE_SECONDS_MIN} to ${LEASE_SECONDS_MAX}`)
  .int()
  .min(LEASE_SECONDS_MIN)
  .max(LEASE_SECONDS_MAX)

const drainSecondsSchema = z.coerce
  .number(`a number of seconds from 0 to ${DRAIN_SECONDS_MAX}`)
  .int()
  .min(0)
  .max(DRAIN_SECONDS_MAX)

const namespacesSchema = z
  .string()
  .default('')
  .transform(list => [...new Set(list.split(',').map(name => name.trim()))].filter(name => name !== ''))
  .pipe(
    z
      .array(
        z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'names of namespaces, separated by commas'),
      )
      .max(WATCHED_NAMESPACES_MAX, `at most ${WATCHED_NAMESPACES_MAX} namespaces; leave it out to watch all`),
  )

const optionsSchema = z.object({
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  namespace: nameSchema,
  'watch-namespaces': namespacesSchema,
  'proxy-image': z.string().min(1),
  'proxy-resources': proxyResourcesSchema.optional(),
  'proxy-run-as-user': proxyUserSchema,
  'listen-address': z.string().min(1),
  'webhook-port': portSchema,
  'webhook-url': z.url({ protocol: /^https$/, error: 'an https:// URL' }).optional(),
  'webhook-service': nameSchema,
  'webhook-configuration': nameSchema,
  'certificate-secret': nameSchema,
  certificates: z.enum(['managed', 'external']),
  'metrics-port': portSchema,
  'owner-cluster-role': nameSchema.optional(),
  'lease-duration-seconds': leaseSecondsSchema,
  'drain-seconds': drainSecondsSchema,
  'log-level': z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
})

/** What the operator is started with; keys are the names of the flags. */
export type OperatorOptions = z.output<typeof optionsSchema>

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'run'; readonly options: OperatorOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }

interface Flag {
  readonly help: string
  /** What the value is, as the help shows it. */
  readonly value: string
  /** Environment variable that says the same; the flag comes first. */
  readonly variable?: string
  readonly fallback?: (version: string) => string
}

const FLAGS: Readonly<Record<keyof OperatorOptions, Flag>> = {
  kubeconfig: {
    value: 'FILE',
    help: 'Where the API server is and who we are. Without it: KUBECONFIG, ~/.kube/config, the service account of the pod.',
  },
  context: { value: 'NAME', help: 'Context of the kubeconfig. Default: its current one.' },
  namespace: {
    value: 'NAME',
    variable: 'POD_NAMESPACE',
    fallback: () => 'metricgate-system',
    help: 'Namespace of the operator itself: keeps the Secret with the certificates of the webhook.',
  },
  'watch-namespaces': {
    value: 'A,B',
    variable: 'METRICGATE_WATCH_NAMESPACES',
    help: 'Only what is in these namespaces is watched, and only their pods get sidecars. Default: all namespaces.',
  },
  'proxy-image': {
    value: 'IMAGE',
    variable: 'METRICGATE_PROXY_IMAGE',
    fallback: version => `metricgate/proxy:${version}`,
    help: 'Image of the sidecar, for gates that name none.',
  },
  'proxy-resources': {
    value: 'JSON',
    variable: 'METRICGATE_PROXY_RESOURCES',
    help: 'Resources of the sidecar, for gates that name none. Default: 10m of CPU and 64Mi of memory, at most 256Mi of memory.',
  },
  'proxy-run-as-user': {
    value: 'N|image',
    fallback: () => String(USER),
    help: 'User of sidecars and aggregators. image: none is named, as OpenShift wants it, and the image has the say.',
  },
  'listen-address': {
    value: 'IP',
    fallback: () => ANY_ADDRESS,
    help: 'Address on which the webhook and the metrics are served.',
  },
  'webhook-port': { value: 'PORT', fallback: () => '9443', help: 'Port of the webhook. 0: any free one.' },
  'webhook-url': {
    value: 'URL',
    help: 'How the API server reaches the webhook when the operator runs outside the cluster; port 0: the one it listens on.',
  },
  'webhook-service': {
    value: 'NAME',
    fallback: () => 'metricgate-webhook',
    help: 'Service in our namespace by which the API server reaches the webhook.',
  },
  'webhook-configuration': {
    value: 'NAME',
    fallback: () => WEBHOOK_CONFIGURATION_NAME,
    help: 'MutatingWebhookConfiguration that the operator keeps.',
  },
  'certificate-secret': {
    value: 'NAME',
    fallback: () => 'metricgate-webhook-tls',
    help: 'Secret in our namespace with the certificates of the webhook.',
  },
  certificates: {
    value: 'WHOSE',
    fallback: () => 'managed',
    help: 'managed: the operator makes and renews them. external: cert-manager, or somebody else, does (tls.crt, tls.key, ca.crt).',
  },
  'metrics-port': {
    value: 'PORT',
    fallback: () => '8080',
    help: 'Port of /metrics, /healthz and /readyz. 0: any free one.',
  },
  'owner-cluster-role': {
    value: 'NAME',
    help: 'ClusterRole with which Kubernetes deletes what the operator makes for itself (webhook configuration, Secret).',
  },
  'lease-duration-seconds': {
    value: 'N',
    fallback: () => '10',
    help: 'A leader of which nothing was heard for this long is replaced by another replica.',
  },
  'drain-seconds': {
    value: 'N',
    fallback: () => '10',
    help: 'How long the webhook still answers when the operator ends: until then other replicas are called. Not with --webhook-url.',
  },
  'log-level': {
    value: 'LEVEL',
    variable: 'LOG_LEVEL',
    fallback: () => 'info',
    help: 'trace, debug, info, warn, error, fatal or silent.',
  },
}

/** Reads the command line, then the environment, then defaults. Throws OptionsError. */
export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  version: string,
): Command {
  const values = parseFlags(args)
  if (values.help === true) return { kind: 'help' }
  if (values.version === true) return { kind: 'version' }
  const given = Object.entries(FLAGS).map(([name, { variable, fallback }]) => {
    const inherited = variable === undefined ? undefined : environment[variable] || undefined
    return [name, values[name] ?? inherited ?? fallback?.(version)]
  })
  const parsed = optionsSchema.safeParse(Object.fromEntries(given))
  if (parsed.success) return { kind: 'run', options: parsed.data }
  throw new OptionsError(parsed.error.issues.map(describeIssue).join('\n'))
}

/** The text of --help. */
export function helpText(version: string): string {
  const lines = Object.entries(FLAGS).map(([name, { value, help, variable, fallback }]) => {
    const notes = [variable && `or ${variable}`, fallback && `default ${fallback(version)}`].filter(Boolean)
    return `  --${`${name} ${value}`.padEnd(26)}${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`
  })
  return [
    'metricgate-operator: runs MetricGates in a Kubernetes cluster.',
    '',
    ...lines,
    `  --${'help, -h'.padEnd(26)}This text.`,
    `  --${'version, -v'.padEnd(26)}The version.`,
    '',
  ].join('\n')
}

function parseFlags(args: readonly string[]): Readonly<Record<string, unknown>> {
  const flags = Object.keys(FLAGS).map(name => [name, { type: 'string' as const }])
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...Object.fromEntries(flags),
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
    return { ...values }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OptionsError(`${reason} (--help lists what there is)`, { cause })
  }
}

function describeIssue({ path, message }: z.core.$ZodIssue): string {
  const name = String(path[0])
  const variable = FLAGS[name as keyof OperatorOptions]?.variable
  return `--${name}${variable === undefined ? '' : ` (${variable})`}: ${message}`
}
