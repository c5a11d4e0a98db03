import { parseDocument } from 'yaml'
import { messageOf } from '../errors.ts'
import { keepWrittenText } from '../relabel/yaml.ts'
import { ConfigError } from './error.ts'

/** Aliases that a document may resolve: far more than anyone writes, far less than a document that explodes needs. */
const ALIASES_MAX = 100

/** Syntax errors that are listed: what is no YAML at all has one at every turn. */
const PROBLEMS_MAX = 10

/** Whether a value is a part of itself, as an alias inside of its own anchor makes it. */
function containsItself(value: unknown, ancestors: readonly unknown[] = []): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (ancestors.includes(value)) return true
  return Object.values(value).some(entry => containsItself(entry, [...ancestors, value]))
}

function read(text: string): { problems: string[] } | { value: unknown } {
  const document = parseDocument(text)
  const problems = document.errors.map(error => error.message.split('\n')[0]?.replace(/:$/, '') ?? '')
  if (problems.length > 0) return { problems: [...new Set(problems)].slice(0, PROBLEMS_MAX) }
  keepWrittenText(document)
  const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX })
  return containsItself(value) ? { problems: ['an alias stands inside of what it stands for'] } : { value }
}

/**
 * Reads YAML or JSON. The text fields of relabelling rules keep the text that is written, as in Prometheus.
 *
 * @throws {ConfigError} with a line and column for each syntax error
 */
export function parseYaml(name: string, text: string): unknown {
  let result: ReturnType<typeof read>
  try {
    result = read(text)
  } catch (error) {
    // Besides aliases that explode: nesting so deep that the stack ends.
    throw new ConfigError(name, [messageOf(error)])
  }
  if ('problems' in result) throw new ConfigError(name, result.problems)
  return result.value
}
