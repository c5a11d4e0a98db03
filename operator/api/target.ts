import * as z from 'zod'
import { withRules } from './rules.ts'

/** Name of a container port: `IANA_SVC_NAME` of Kubernetes (RFC 6335, lower case). */
const PORT_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/

const portSchema = withRules(
  z.union([z.int(), z.string().max(15)]).meta({ 'x-kubernetes-int-or-string': true, maxLength: 15 }),
  [
    {
      cel: `type(self) == int ? self >= 1 && self <= 65535 : self.size() <= 15 && self.matches('${PORT_NAME.source}') && self.matches('[a-z]')`,
      holds: port =>
        typeof port === 'number' ? port >= 1 && port <= 65535 : PORT_NAME.test(port) && /[a-z]/.test(port),
      message:
        'a port is a number from 1 to 65535, without quotes, or the name of a container port: 8080, http-metrics',
    },
  ],
)

const tlsConfigSchema = z.object({
  insecureSkipVerify: z
    .boolean()
    .default(false)
    .describe(
      'Accept any certificate. Usual inside one pod, where the certificate names the Service and not 127.0.0.1.',
    ),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .describe(
      'Name that the certificate must carry, and that is asked for (SNI). Default: the host that is asked, 127.0.0.1 within a pod.',
    )
    .optional(),
})

/** One endpoint of the application. */
const targetSchema = withRules(
  z.object({
    port: portSchema.describe(
      "The application's metrics port: a number, or the name of a container port of the pod.",
    ),
    path: withRules(z.string().max(512), [
      {
        cel: "self.matches('^/[!-~]*$') && !self.contains('#')",
        holds: path => /^\/[!-~]*$/.test(path) && !path.includes('#'),
        message:
          "a path begins with '/' and is ASCII without spaces; a query may follow: /metrics, /probe?module=icmp",
      },
    ])
      .default('/metrics')
      .describe('Path of the metrics endpoint, with its query if it needs one.'),
    scheme: z.enum(['HTTP', 'HTTPS']).default('HTTP').describe('Protocol of the metrics endpoint.'),
    tlsConfig: tlsConfigSchema.describe('How the certificate of an HTTPS endpoint is checked.').optional(),
    bearerTokenFile: withRules(z.string().max(1024), [
      {
        cel: "self.startsWith('/')",
        holds: path => path.startsWith('/'),
        message: 'bearerTokenFile is an absolute path, as the sidecar sees it',
      },
    ])
      .describe(
        'File, as the sidecar sees it, with a token that is sent to the endpoint. ' +
          'Without it the Authorization header of the scrape is passed on.',
      )
      .optional(),
  }),
  [
    {
      cel: "!has(self.tlsConfig) || (has(self.scheme) && self.scheme == 'HTTPS')",
      holds: target => target.tlsConfig === undefined || target.scheme === 'HTTPS',
      message: 'tlsConfig needs scheme: HTTPS',
      field: 'tlsConfig',
    },
  ],
)

// In CEL. Within a list the API server fills in no defaults.
const pathOf = (target: string): string => `(has(${target}.path) ? ${target}.path : '/metrics')`
const usesHttps = (target: string): string => `(has(${target}.scheme) && ${target}.scheme == 'HTTPS')`
const skipsVerify = (target: string): string =>
  `(has(${target}.tlsConfig.insecureSkipVerify) && ${target}.tlsConfig.insecureSkipVerify)`
const SAME_TLS_CONFIG =
  'has(one.tlsConfig) == has(other.tlsConfig) && (!has(one.tlsConfig) || ' +
  `(${skipsVerify('one')} == ${skipsVerify('other')} && ` +
  'has(one.tlsConfig.serverName) == has(other.tlsConfig.serverName) && ' +
  '(!has(one.tlsConfig.serverName) || one.tlsConfig.serverName == other.tlsConfig.serverName)))'

/** The endpoints of one pod. What concerns how they are asked stands once in the proxy's configuration, so they share it. */
export const targetsSchema = withRules(
  z.array(targetSchema).min(1).max(8).meta({ 'x-kubernetes-list-type': 'atomic' }),
  [
    {
      cel: `self.all(one, self.exists_one(other, other.port == one.port && ${pathOf('other')} == ${pathOf('one')}))`,
      holds: targets => new Set(targets.map(({ port, path }) => `${port} ${path}`)).size === targets.length,
      message: 'two targets with the same port and path are one target: remove one of them',
    },
    {
      cel: 'self.all(one, has(one.bearerTokenFile) == has(self[0].bearerTokenFile) && (!has(one.bearerTokenFile) || one.bearerTokenFile == self[0].bearerTokenFile))',
      holds: targets => targets.every(target => target.bearerTokenFile === targets[0]?.bearerTokenFile),
      message: 'all targets have the same bearerTokenFile, or none: the token is sent to each',
    },
    {
      // Field by field: the estimated cost of comparing whole objects is over the API server's budget.
      cel: `self.all(one, !${usesHttps('one')} || self.all(other, !${usesHttps('other')} || (${SAME_TLS_CONFIG})))`,
      holds: targets => new Set(targets.filter(isHttps).map(({ tlsConfig }) => tlsKey(tlsConfig))).size <= 1,
      message: 'all targets with scheme HTTPS have the same tlsConfig, or none',
    },
  ],
)

function isHttps({ scheme }: Target): boolean {
  return scheme === 'HTTPS'
}

function tlsKey(config: Target['tlsConfig']): string {
  return config === undefined ? '' : `${config.insecureSkipVerify} ${config.serverName ?? ''}`
}

/** One endpoint of the application. */
export type Target = z.output<typeof targetSchema>
