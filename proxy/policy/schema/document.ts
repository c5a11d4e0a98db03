import { parseDocument } from 'yaml'
import { messageOf } from '../../errors.ts'
import { PolicyProviderError } from '../errors.ts'
import { POLICIES_MAX, REGEX_SIZES_MAX } from '../limits.ts'
import type { PolicyReading } from '../policy.ts'
import { isRecord } from './keys.ts'
import { readPolicy } from './policy.ts'
import { regexSize } from './regex.ts'

/** Aliases that a document may resolve: far more than anyone writes, far less than a document that explodes needs. */
const ALIASES_MAX = 100

/** A JSON number as it is written, so that no digit of a 64-bit integer is lost. */
function keepIntegers(_key: string, value: unknown, { source }: { source?: string } = {}): unknown {
  const isExact = typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)
  return isExact || source === undefined || !/^-?\d+$/.test(source) ? value : BigInt(source)
}

/**
 * Reads JSON whose integers may be longer than a double is exact; those become bigints.
 *
 * @throws {SyntaxError} if it is not JSON; {RangeError} if it is nested too deeply
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, keepIntegers)
}

function parseYaml(text: string): unknown {
  const document = parseDocument(text, { intAsBigInt: true })
  const [error] = document.errors
  if (error !== undefined) throw error
  return document.toJS({ maxAliasCount: ALIASES_MAX })
}

/** YAML can look like JSON as well. */
function parseEither(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return parseYaml(text)
  }
}

/**
 * Reads the text of a policy file, JSON or YAML.
 *
 * @throws {PolicyProviderError} E_POLICY_FORMAT if it is neither
 */
export function parsePolicyText(name: string, text: string): unknown {
  try {
    return parseEither(text)
  } catch (cause) {
    const [firstLine] = messageOf(cause).split('\n')
    throw new PolicyProviderError('E_POLICY_FORMAT', `${name}: ${firstLine}`, { cause })
  }
}

function listOf(document: unknown): readonly unknown[] | undefined {
  if (Array.isArray(document)) return document
  if (!isRecord(document)) return undefined
  if ('id' in document && !('policies' in document)) return [document]
  const policies = document.policies ?? (Object.keys(document).length === 0 ? [] : undefined)
  return Array.isArray(policies) ? policies : undefined
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

/** The size of the regular expressions of a policy that was not read yet, so that it is known before any is compiled. */
function regexSizes(policy: unknown): number {
  const target = isRecord(policy) ? policy.metric : undefined
  const matchers = isRecord(target) && Array.isArray(target.match) ? target.match : []
  return sum(
    matchers.map(matcher =>
      isRecord(matcher) && typeof matcher.regex === 'string' ? regexSize(matcher.regex) : 0,
    ),
  )
}

/**
 * Reads the policies of a document: `policies: […]`, a list, or a single policy. Each by itself: what is wrong with one
 * leaves the others as they are.
 *
 * @throws {PolicyProviderError} E_POLICY_FORMAT if there is no list; E_POLICY_SIZE if it is too long
 */
export function readPolicies(name: string, document: unknown): readonly PolicyReading[] {
  const list = listOf(document)
  if (list === undefined)
    throw new PolicyProviderError('E_POLICY_FORMAT', `${name}: expected policies: and a list of policies`)
  if (list.length > POLICIES_MAX)
    throw new PolicyProviderError(
      'E_POLICY_SIZE',
      `${name}: ${list.length} policies, more than ${POLICIES_MAX}`,
    )
  if (sum(list.map(regexSizes)) > REGEX_SIZES_MAX)
    throw new PolicyProviderError('E_POLICY_SIZE', `${name}: the regular expressions are too large in all`)
  return list.map(readPolicy)
}
