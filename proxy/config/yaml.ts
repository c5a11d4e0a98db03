import { parseDocument } from 'yaml'
import { messageOf } from '../errors.ts'
import { keepWrittenText } from '../relabel/yaml.ts'
import { ConfigError } from './error.ts'

/** Aliases that a document may resolve: far more than anyone writes, far less than a document that explodes needs. */
const ALIASES_MAX = 100

/**
 * Reads YAML or JSON. The text fields of relabelling rules keep the text that is written, as in Prometheus.
 *
 * @throws {ConfigError} with a line and column for each syntax error
 */
export function parseYaml(name: string, text: string): unknown {
  const document = parseDocument(text)
  const problems = document.errors.map(error => error.message.split('\n')[0]?.replace(/:$/, '') ?? '')
  if (problems.length > 0) throw new ConfigError(name, problems)
  keepWrittenText(document)
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (error) {
    throw new ConfigError(name, [messageOf(error)])
  }
}
