import * as z from 'zod'
import { resourcesSchema } from './resources.ts'

/** How the proxy runs. */
export const proxyOptionsSchema = z.object({
  image: z
    .string()
    .min(1)
    .max(512)
    .describe(
      "Image of the proxy, in pods and in the aggregator. Default: the operator's own setting, the proxy of the same release.",
    )
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
    .describe(
      "Compute resources of the sidecar, in place of all of the default: the operator's own setting, which is 10m of CPU and 64Mi of " +
        'memory, at most 256Mi of memory, unless it is started with another.',
    )
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
  rollout: z
    .enum(['Never', 'Auto'])
    .default('Never')
    .describe(
      'What becomes of running pods without the sidecar that they should have. Never: they are counted. ' +
        'Auto: their workloads are restarted, one after another; this needs permissions that the operator does not have by default.',
    ),
})

/** How the proxy runs. */
export type ProxyOptions = z.output<typeof proxyOptionsSchema>
