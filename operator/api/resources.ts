import * as z from 'zod'
import { quantityNanos, resourceQuantitySchema } from './quantity.ts'
import { mapOf, withRules } from './rules.ts'

const RESOURCE_NAMES = ['cpu', 'memory', 'ephemeral-storage']

const amountsSchema = withRules(mapOf(resourceQuantitySchema, RESOURCE_NAMES.length), [
  {
    cel: `self.all(name, name in [${RESOURCE_NAMES.map(name => `'${name}'`).join(', ')}])`,
    holds: amounts => Object.keys(amounts).every(name => RESOURCE_NAMES.includes(name)),
    message: 'the proxy uses cpu, memory and ephemeral-storage',
  },
])

/** Compute resources of a container, as `v1.ResourceRequirements` of Kubernetes without claims. */
export const resourcesSchema = withRules(
  z.object({
    requests: amountsSchema.describe('What a node must have free.').optional(),
    limits: amountsSchema.describe('What the proxy may use at most.').optional(),
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

/** Compute resources of a container, as they were written. */
export type Resources = z.output<typeof resourcesSchema>
