import { fromBinary, fromJson, type JsonValue as ProtobufJson, toBinary, toJson } from '@bufbuild/protobuf'
import { messageOf } from '../../../errors.ts'
import { PolicyProviderError } from '../../errors.ts'
import { parseJson } from '../../schema/document.ts'
import type { JsonValue } from './messages.ts'
import { SyncRequestSchema, SyncResponseSchema } from './protobuf/policy_pb.ts'

/** The two encodings of the protocol's messages. */
export type Encoding = 'json' | 'protobuf'

/** The media type of an encoding. */
export const MEDIA_TYPES: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
}

const PROTOBUF_TYPES: readonly string[] = ['application/x-protobuf', 'application/protobuf']

/** The bytes of a request. */
export function encodeRequest(request: JsonValue, encoding: Encoding): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify(request))
  return toBinary(SyncRequestSchema, fromJson(SyncRequestSchema, request as ProtobufJson))
}

/**
 * The message of an answer, as JSON. Protobuf has no value that is not there, so that each has its default: a policy
 * without `enabled` is not.
 */
function decode(contentType: string, body: Uint8Array): unknown {
  const [mediaType = ''] = contentType.split(';')
  if (!PROTOBUF_TYPES.includes(mediaType.trim().toLowerCase()))
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(body))
  const message = fromBinary(SyncResponseSchema, body, { readUnknownFields: false })
  return toJson(SyncResponseSchema, message, { alwaysEmitImplicit: true })
}

/**
 * Decodes an answer by its content type. `source` is the server, for messages.
 *
 * @throws {PolicyProviderError} E_POLICY_FORMAT
 */
export function decodeResponse(source: string, contentType: string, body: Uint8Array): unknown {
  try {
    return decode(contentType, body)
  } catch (cause) {
    const what = contentType === '' ? 'an answer without a content type' : `an answer of type ${contentType}`
    throw new PolicyProviderError(
      'E_POLICY_FORMAT',
      `${source}: ${what} cannot be decoded: ${messageOf(cause)}`,
      { cause },
    )
  }
}
