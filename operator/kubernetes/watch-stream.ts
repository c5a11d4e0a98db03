import * as z from 'zod'
import { ApiError, errorOfStatus } from './api-error.ts'
import { WATCH_EVENT_BYTES_MAX } from './limits.ts'

/** One event of a watch that concerns an object, or says how far the watch has come (BOOKMARK). */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  /** The object as it came; of a BOOKMARK only `metadata.resourceVersion` means anything. */
  readonly object: unknown
}

const eventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
})

/**
 * Reads the body of a watch: JSON objects, one a line. Throws ApiError: what an ERROR event says (410 Gone among others), a
 * line that is no event, a line beyond WATCH_EVENT_BYTES_MAX, a body that ends within a line.
 */
export async function* readWatchEvents(
  chunks: AsyncIterable<Uint8Array>,
  attempted: string,
): AsyncGenerator<WatchEvent, void> {
  for await (const line of readLines(chunks, attempted)) {
    if (line.trim() !== '') yield parseEvent(line, attempted)
  }
}

async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  attempted: string,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    lines[0] = rest + lines[0]
    rest = lines.pop() ?? ''
    yield* lines
    if (rest.length > WATCH_EVENT_BYTES_MAX) {
      throw new ApiError(
        'E_WATCH_EVENT_SIZE',
        `${attempted}: an event of more than ${WATCH_EVENT_BYTES_MAX} characters`,
      )
    }
  }
  if (rest.trim() !== '') {
    throw new ApiError(
      'E_WATCH_TRUNCATED',
      `${attempted}: the watch ended within an event: ${rest.slice(0, 80)}`,
    )
  }
}

function parseEvent(line: string, attempted: string): WatchEvent {
  const { type, object } = parseLine(line, attempted)
  if (type === 'ERROR') throw errorOfStatus(attempted, object)
  return { type, object }
}

function parseLine(line: string, attempted: string): z.output<typeof eventSchema> {
  try {
    return eventSchema.parse(JSON.parse(line))
  } catch (cause) {
    throw new ApiError('E_WATCH_SYNTAX', `${attempted}: not a watch event: ${line.slice(0, 80)}`, { cause })
  }
}
