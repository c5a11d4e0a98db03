import * as z from 'zod'
import { quantityNanos, resourceQuantitySchema } from './quantity.ts'
import { mapOf, withRules } from './rules.ts'

const RESOURCE_NAMES = ['cpu', 'memory', 'ephemeral-storage']

const amountsSchema = withRules(mapOf(resourceQuantitySchema, RESOURCE_NAMES.length), [
  {
    cel: `self.all(name, name in [${RESOURCE_NAMES.map(name => `'${name}'`).join(', ')}])`,
    holds: amounts => Object.keys(amounts).every(name => RESOURCE_NAMES.includes(name)),
    message: 'the sidecar uses cpu, memory and ephemeral-storage',
  },
])

const resourcesSchema = withRules(
  z.object({
    requests: amountsSchema.describe('What a node must have free.').optional(),
    limits: amountsSchema.describe('What the sidecar may use at most.').optional(),
  }),
  [
    {
      // Kubernetes would refuse the whole pod, and so the application, for its sidecar's mistake.
      cel: '!has(self.requests) || !has(self.limits) || self.requests.all(name, !(name in self.limits) || quantity(string(self.requests[name])).compareTo(quantity(string(self.limits[name]))) <= 0)',
      holds: ({ requests = {}, limits = {} }) =>
        Object.entries(requests).every(
          ([name, request]) =>
            (quantityNanos(request) ?? 0n) <= (quantityNanos(limits[name] ?? request) ?? 0n),
        ),
      message: 'a request cannot be more than the limit of the same name',
      field: 'requests',
    },
  ],
)

/** How the proxy runs in a pod. */
export const proxyOptionsSchema = z.object({
  image: z
    .string()
    .min(1)
    .max(512)
    .describe("Image of the proxy. Default: the operator's own setting, the proxy of the same release.")
    .optional(),
  imagePullPolicy: z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .describe('When the image is pulled. Default: that of Kubernetes.')
    .optional(),
  port: z
    .int()
    .min(1)
    .max(65535)
    .meta({ format: 'int32' })
    .describe(
      'Port on which the proxy listens. Default: 9464, or in a pod that uses it the next one that is free.',
    )
    .optional(),
  resources: resourcesSchema
    .describe("Compute resources of the sidecar. Default: the operator's own setting.")
    .optional(),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('The least level that the proxy logs.'),
  nativeSidecar: z
    .enum(['Auto', 'Always', 'Never'])
    .default('Auto')
    .describe(
      'Whether the sidecar is an init container that restarts always: it starts before the application, ends after it, ' +
        'and does not keep a Job from completing. Auto: where the cluster supports it. Never: an ordinary container.',
    ),
})

/** How the proxy runs in a pod. */
export type ProxyOptions = z.output<typeof proxyOptionsSchema>
