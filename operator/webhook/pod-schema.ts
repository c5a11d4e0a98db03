import * as z from 'zod'

const strings = z.record(z.string(), z.string()).nullish()
const port = z.looseObject({
  name: z.string().optional(),
  containerPort: z.int(),
  hostPort: z.int().optional(),
  protocol: z.string().optional(),
})
const probe = z
  .looseObject({
    httpGet: z.looseObject({}).optional(),
    tcpSocket: z.looseObject({}).optional(),
    grpc: z.looseObject({}).optional(),
  })
  .optional()
const securityContext = z.looseObject({ runAsUser: z.int().optional() }).optional()
const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  restartPolicy: z.string().optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string() })).optional(),
  ports: z.array(port).optional(),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  securityContext,
})

/**
 * Guards what injection reads of a pod. The API server has decoded the object and sends these types, but it calls admission
 * before it validates: names may be empty, numbers out of range, lists missing.
 */
export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    labels: strings,
    annotations: strings,
  }),
  spec: z.looseObject({
    containers: z.array(container),
    initContainers: z.array(container).optional(),
    volumes: z.array(z.looseObject({ name: z.string() })).optional(),
    hostNetwork: z.boolean().optional(),
    restartPolicy: z.string().optional(),
    os: z.looseObject({ name: z.string() }).optional(),
    nodeSelector: strings,
    securityContext,
    resources: z.looseObject({}).optional(),
  }),
})
