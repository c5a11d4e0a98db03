import * as z from 'zod'
import { PolicyProviderError } from '../../errors.ts'
import { SERVER_MESSAGE_CHARACTERS_MAX } from '../../limits.ts'
import type { PolicyReading } from '../../policy.ts'
import { readPolicies } from '../../schema/document.ts'
import { isRecord, withEitherKeys } from '../../schema/keys.ts'
import { shown } from '../../schema/shown.ts'

/**
 * The messages of the sync protocol, in protobuf's JSON. Source: SyncRequest and SyncResponse in
 * proto/tero/policy/v1/policy.proto.
 */

/** Who asks for policies. */
export interface ClientIdentity {
  /** service.name, service.namespace, service.version and service.instance.id among them, which servers require. */
  readonly resourceAttributes: ReadonlyMap<string, string>
  readonly labels: ReadonlyMap<string, string>
}

/** What is told about a policy. */
export interface PolicyStatus {
  readonly id: string
  /** Since the last sync that carried them. */
  readonly hits: number
  readonly misses: number
  readonly errors: readonly string[]
}

/** What the last successful sync left. */
export interface SyncState {
  /** Of the policies; '' before the first sync. */
  readonly hash: string
  /** Nanoseconds since 1970, as the server gave it; '0' before the first sync. */
  readonly timestampUnixNano: string
}

/** A value as protobuf's JSON has it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

function keyValues(attributes: ReadonlyMap<string, string>): JsonValue {
  return [...attributes].map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

/** A request for policies. */
export function syncRequest(
  client: ClientIdentity,
  state: SyncState,
  statuses: readonly PolicyStatus[],
): JsonValue {
  return {
    clientMetadata: {
      supportedPolicyStages: ['POLICY_STAGE_METRIC_FILTER'],
      labels: keyValues(client.labels),
      resourceAttributes: keyValues(client.resourceAttributes),
    },
    fullSync: state.hash === '',
    lastSyncTimestampUnixNano: state.timestampUnixNano,
    lastSuccessfulHash: state.hash,
    policyStatuses: statuses.map(({ id, hits, misses, errors }) => ({
      id,
      matchHits: String(hits),
      matchMisses: String(misses),
      errors,
    })),
  }
}

/** An answer with policies. */
export interface SyncAnswer {
  readonly hash: string
  readonly timestampUnixNano: string
  /** Undefined if the server does not say. */
  readonly recommendedIntervalMs: number | undefined
  /** Reads the policies, which is not worth while if the hash is known. Throws PolicyProviderError. */
  readonly readPolicies: () => readonly PolicyReading[]
}

const FULL_SYNC: readonly unknown[] = ['SYNC_TYPE_FULL', 1, 'SYNC_TYPE_UNSPECIFIED', 0]

const seconds = z
  .union([z.number(), z.string().regex(/^\d+$/)], {
    error: 'expected recommended_sync_interval_seconds to be a number',
  })
  .transform(Number)

const answerSchema = withEitherKeys(
  z.looseObject({
    policies: z.array(z.unknown(), { error: 'expected policies to be a list' }).default([]),
    hash: z.string({ error: 'expected hash to be text' }).default(''),
    sync_timestamp_unix_nano: z
      .union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative(), z.bigint()], {
        error: 'expected sync_timestamp_unix_nano to be nanoseconds',
      })
      .transform(String)
      .default('0'),
    recommended_sync_interval_seconds: seconds.default(0),
    sync_type: z
      .unknown()
      .refine(type => type === undefined || FULL_SYNC.includes(type), {
        error: issue => `sync type ${shown(issue.input)} is not supported`,
      })
      .optional(),
    error_message: z.string({ error: 'expected error_message to be text' }).default(''),
  }),
)

/**
 * Reads an answer that was decoded. `source` is the server, for messages.
 *
 * @throws {PolicyProviderError} E_POLICY_FORMAT, or E_POLICY_SERVER with the server's own error
 */
export function readSyncAnswer(source: string, message: unknown): SyncAnswer {
  if (!isRecord(message))
    throw new PolicyProviderError(
      'E_POLICY_FORMAT',
      `${source}: expected a SyncResponse, got ${shown(message)}`,
    )
  const result = answerSchema.safeParse(message)
  if (!result.success) {
    const [issue] = result.error.issues
    throw new PolicyProviderError('E_POLICY_FORMAT', `${source}: ${issue?.message ?? 'not a SyncResponse'}`)
  }
  const answer = result.data
  if (answer.error_message !== '') {
    const text = answer.error_message.slice(0, SERVER_MESSAGE_CHARACTERS_MAX)
    throw new PolicyProviderError('E_POLICY_SERVER', `${source}: the server says: ${text}`)
  }
  const intervalMs = answer.recommended_sync_interval_seconds * 1000
  return {
    hash: answer.hash,
    timestampUnixNano: answer.sync_timestamp_unix_nano,
    recommendedIntervalMs: intervalMs > 0 ? intervalMs : undefined,
    readPolicies: () => readPolicies(source, answer.policies),
  }
}
