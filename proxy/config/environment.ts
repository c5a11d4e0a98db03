import { quoted } from './scalars.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Rules hold Go templates (`${1}`), which look like environment variables; regular expressions of policies may too. */
const VERBATIM_KEYS: readonly string[] = ['metric_relabel_configs', 'policies']

const REFERENCE = /\$\$\{|\$\{([^}]*)\}?/g
/** A name and, as in a shell, what stands for it if it is not set or empty. */
const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s
const PORT_PREFIX = 'PORT_'

function unsetMessage(name: string): string {
  if (!name.startsWith(PORT_PREFIX)) return `the environment variable ${name} is not set`
  const portName = name.slice(PORT_PREFIX.length).toLowerCase().replaceAll('_', '-')
  return `no container port of this pod is named ${quoted(portName)} (the environment variable ${name} is not set)`
}

function expand(text: string, env: Environment, report: (problem: string) => void): string {
  return text.replace(REFERENCE, (reference: string, inner: string | undefined) => {
    if (inner === undefined) return '${'
    const [, name, otherwise] = (reference.endsWith('}') && VARIABLE.exec(inner)) || []
    if (name === undefined) {
      report(`${quoted(reference)} is not the name of an environment variable; a literal \${ is written $\${`)
      return reference
    }
    const value = otherwise === undefined ? env[name] : env[name] || otherwise
    if (value === undefined) report(unsetMessage(name))
    return value ?? reference
  })
}

type Report = (path: string, problem: string) => void

function substitute(value: unknown, env: Environment, report: Report, path: string): unknown {
  if (typeof value === 'string') return expand(value, env, problem => report(path, problem))
  if (Array.isArray(value))
    return value.map((entry, index) => substitute(entry, env, report, `${path}[${index}]`))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      if (VERBATIM_KEYS.includes(key)) return [key, entry]
      return [key, substitute(entry, env, report, path === '' ? key : `${path}.${key}`)]
    }),
  )
}

/**
 * Replaces `${NAME}` by the environment variable in every string of a configuration, but for relabelling rules and policies;
 * `${NAME:-text}` by the text if the variable is not set or empty. `$${` stands for a literal `${`. Each problem is reported with the path of the string that has it, which then stays
 * as it is.
 */
export function substituteEnvironment(
  config: Record<string, unknown>,
  env: Environment,
  report: Report,
): Record<string, unknown> {
  return substitute(config, env, report, '') as Record<string, unknown>
}
