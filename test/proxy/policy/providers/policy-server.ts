import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fromBinary, fromJson, type JsonValue, toBinary, toJson } from '@bufbuild/protobuf'
import {
  SyncRequestSchema,
  SyncResponseSchema,
} from '../../../../proxy/policy/providers/http/protobuf/policy_pb.ts'

const PROTOBUF = 'application/x-protobuf'

/** What a client asked, as protobuf's JSON, whatever encoding it came in. */
export interface ReceivedSync {
  readonly headers: IncomingHttpHeaders
  readonly message: {
    readonly clientMetadata?: JsonValue
    readonly fullSync?: boolean
    readonly lastSuccessfulHash?: string
    readonly lastSyncTimestampUnixNano?: string
    readonly policyStatuses?: readonly {
      id: string
      matchHits?: string
      matchMisses?: string
      errors?: string[]
    }[]
  }
}

/** Answers one request. */
export type Answer = (response: ServerResponse) => void

/** An HTTP server that speaks the sync protocol. */
export interface PolicyServer {
  readonly url: string
  readonly received: readonly ReceivedSync[]
  /** How the following requests are answered. */
  answer: Answer
  stop(): Promise<void>
}

function decodeRequest(contentType: string | undefined, body: Buffer): ReceivedSync['message'] {
  const request =
    contentType === PROTOBUF
      ? fromBinary(SyncRequestSchema, body)
      : fromJson(SyncRequestSchema, JSON.parse(body.toString()))
  return toJson(SyncRequestSchema, request) as ReceivedSync['message']
}

/** Starts a server on a free port. It answers 500 to what is not a request of the protocol. */
export async function startPolicyServer(answer: Answer): Promise<PolicyServer> {
  const received: ReceivedSync[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    try {
      if (request.method !== 'POST') throw new Error(`unexpected ${request.method}`)
      const { headers } = request
      received.push({ headers, message: decodeRequest(headers['content-type'], Buffer.concat(chunks)) })
      running.answer(response)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const running: PolicyServer = {
    url: `http://user:secret@127.0.0.1:${port}/v1/policy/sync?token=secret`,
    received,
    answer,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return running
}

/** Answers with a message in JSON. */
export const json =
  (message: unknown): Answer =>
  response =>
    response
      .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(message))

/** Answers with a message in protobuf. */
export const protobuf =
  (message: JsonValue): Answer =>
  response => {
    const bytes = toBinary(SyncResponseSchema, fromJson(SyncResponseSchema, message))
    response.writeHead(200, { 'content-type': PROTOBUF }).end(bytes)
  }

/** Answers with anything else. */
export const bytes =
  (status: number, body: string | Uint8Array, contentType = 'application/json'): Answer =>
  response =>
    response.writeHead(status, { 'content-type': contentType }).end(body)
