import * as z from 'zod'
import { durationOrSecondsMs, quoted, text } from '../config/scalars.ts'
import { oneOf, section } from '../config/section.ts'
import { POLICIES_MAX } from './limits.ts'
import type { PolicyProviderConfig } from './policies.ts'
import { INLINE } from './providers/inline.ts'
import type { ServiceIdentity } from './resource.ts'

const headerSchema = section({ name: text('the name of a header'), value: z.string() })

/** Time between looks or syncs, by the keys of policy-zig's code and of Tero Edge's documentation. */
const polling = {
  poll_interval: durationOrSecondsMs.optional(),
  poll_interval_secs: durationOrSecondsMs.optional(),
}

const fileProviderSchema = z.strictObject({
  type: z.literal('file'),
  id: z.string().optional(),
  path: text('the path of a policy file'),
  ...polling,
})

const httpProviderSchema = z.strictObject({
  type: z.literal('http'),
  id: z.string().optional(),
  url: z.url({
    protocol: /^https?$/,
    error: issue => `expected an http or https URL, got ${quoted(issue.input)}`,
  }),
  headers: z.array(headerSchema).default([]),
  content_type: oneOf(['json', 'protobuf', 'application/json', 'application/x-protobuf']).default('json'),
  ...polling,
})

const providerSchema = z.discriminatedUnion('type', [fileProviderSchema, httpProviderSchema], {
  error: 'expected a provider of type "file" (with path) or "http" (with url)',
})

/** Id of a provider: its own, or one made of its type and place. */
function idOf({ type, id }: z.output<typeof providerSchema>, index: number): string {
  return id ?? `${type}-${index}`
}

function toProvider(provider: z.output<typeof providerSchema>, index: number): PolicyProviderConfig {
  const id = idOf(provider, index)
  const pollIntervalMs = provider.poll_interval ?? provider.poll_interval_secs
  const polled = pollIntervalMs === undefined ? {} : { pollIntervalMs }
  if (provider.type === 'file') return { type: 'file', id, path: provider.path, ...polled }
  const { url, headers, content_type } = provider
  return {
    type: 'http',
    id,
    url,
    headers,
    encoding: content_type.endsWith('json') ? 'json' : 'protobuf',
    ...polled,
  }
}

/** `policy_providers`: where more policies come from. The order says whose policy counts if two have one id. */
export const policyProvidersSchema = z
  .array(providerSchema, {
    error: issue => `expected a list of policy providers, got ${quoted(issue.input)}`,
  })
  .superRefine((providers, context) => {
    const ids = [INLINE, ...providers.map(idOf)]
    for (const [index, id] of ids.entries())
      if (ids.indexOf(id) !== index)
        context.addIssue({
          code: 'custom',
          path: [index - 1, 'id'],
          message:
            id === INLINE
              ? `the id ${quoted(INLINE)} is that of the policies in the configuration itself`
              : `the id ${quoted(id)} occurs more than once`,
        })
  })
  .transform(providers => providers.map(toProvider))

/** `policies`: policies that stand in the configuration itself. What is wrong with one is found when it is put to work. */
export const inlinePoliciesSchema = z
  .array(z.unknown(), { error: issue => `expected a list of policies, got ${quoted(issue.input)}` })
  .max(POLICIES_MAX, { error: `expected at most ${POLICIES_MAX} policies` })

/** A list of keys and values, as Tero Edge has it, or a map. */
const pairs = z
  .union([
    z.record(z.string(), z.string()).transform(record => Object.entries(record)),
    z
      .array(section({ key: text('a key'), value: z.string() }))
      .transform(list => list.map(({ key, value }): [string, string] => [key, value])),
  ])
  .transform((entries): ReadonlyMap<string, string> => new Map(entries))
  .default(new Map())

/** `service`: who exposes the metrics, by the keys of Tero Edge. */
export const serviceSchema = section({
  name: z.string().optional(),
  namespace: z.string().optional(),
  version: z.string().optional(),
  instance_id: z.string().optional(),
  resource_attributes: pairs,
  labels: pairs,
}).transform(
  ({ instance_id, resource_attributes, name, namespace, version, labels }): ServiceIdentity => ({
    name,
    namespace,
    version,
    instanceId: instance_id,
    resourceAttributes: resource_attributes,
    labels,
  }),
)

/** The keys of each object of this part of the configuration, by its place, for suggestions. */
export const POLICY_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'policy_providers[]',
    [...new Set([...Object.keys(fileProviderSchema.shape), ...Object.keys(httpProviderSchema.shape)])],
  ],
  ['policy_providers[].headers[]', Object.keys(headerSchema.shape)],
  ['service', ['name', 'namespace', 'version', 'instance_id', 'resource_attributes', 'labels']],
])
