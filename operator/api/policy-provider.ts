import * as z from 'zod'
import { durationSchema } from './duration.ts'
import { withRules } from './rules.ts'

const HEADER = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
/** Printable ASCII, which no encoding of headers changes. */
const HEADER_VALUE = /^[\t -~]*$/
/** Names of ConfigMaps and Secrets. */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/
/** Keys of ConfigMaps and Secrets: the API server refuses pods that refer to others. */
const KEY = /^([A-Za-z0-9_-]|[.][A-Za-z0-9_-])[A-Za-z0-9._-]*$/
/** Without a user and a password: those belong in a header, from a Secret. */
const URL_PATTERN =
  /^https?:[/][/]([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[1-9][0-9]{0,4})?([/?][!-~]*)?$/

const keyRef = (what: string) =>
  z.object({
    name: z.string().max(253).regex(OBJECT_NAME).describe(`Name of the ${what}, in the gate's namespace.`),
    key: z.string().max(253).regex(KEY).describe('Key that holds the value.'),
  })

const headerSchema = withRules(
  z.object({
    name: z.string().max(256).regex(HEADER).describe('Name of the header.'),
    value: z.string().max(4096).regex(HEADER_VALUE).describe('Its value, if that is no secret.').optional(),
    valueFrom: z
      .object({ secretKeyRef: keyRef('Secret').describe('A key of a Secret.') })
      .describe('Where its value is. The sidecar gets it as a variable; the operator does not read it.')
      .optional(),
  }),
  [
    {
      cel: 'has(self.value) != has(self.valueFrom)',
      holds: ({ value, valueFrom }) => (value === undefined) !== (valueFrom === undefined),
      message: 'a header has value or valueFrom',
      field: 'value',
    },
  ],
)

const httpSchema = z.object({
  url: withRules(z.string().max(2048), [
    {
      cel: `self.matches(r'${URL_PATTERN.source}')`,
      holds: url => URL_PATTERN.test(url) && URL.canParse(url),
      message:
        'expected an http or https URL without user and password, such as https://policies.example/v1/policy/sync',
    },
  ]).describe('Where policies are asked for: POST of a SyncRequest.'),
  pollInterval: durationSchema
    .describe('Time between syncs. Default: what the server recommends, 60s if it does not.')
    .optional(),
  encoding: z.enum(['JSON', 'Protobuf']).default('JSON').describe('Encoding of requests.'),
  headers: z
    .array(headerSchema)
    .max(16)
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('Headers of each request. Give secrets by valueFrom.')
    .default([]),
})

const providerSchema = withRules(
  z.object({
    configMap: keyRef('ConfigMap').describe('A file of policies, JSON or YAML.').optional(),
    http: httpSchema.describe('A policy server.').optional(),
  }),
  [
    {
      cel: 'has(self.configMap) != has(self.http)',
      holds: ({ configMap, http }) => (configMap === undefined) !== (http === undefined),
      message: 'a provider is either configMap or http',
    },
  ],
)

/** Where more policies come from, in the order in which they count. */
export const policyProvidersSchema = z
  .array(providerSchema)
  .max(8)
  .meta({ 'x-kubernetes-list-type': 'atomic' })

/** A key of a ConfigMap or a Secret in the gate's namespace. */
export interface KeyRef {
  readonly name: string
  readonly key: string
}

/** One provider as it stands in a MetricGate. */
export type PolicyProvider = z.output<typeof providerSchema>
