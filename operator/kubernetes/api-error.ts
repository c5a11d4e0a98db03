import * as z from 'zod'
import { RETRY_AFTER_MS_MAX } from './limits.ts'

/** What went wrong between us and the API server, as a value of a metric label. */
export type ApiErrorCode =
  | 'E_API_UNREACHABLE'
  | 'E_API_STATUS'
  | 'E_API_RESPONSE'
  | 'E_WATCH_SYNTAX'
  | 'E_WATCH_TRUNCATED'
  | 'E_WATCH_EVENT_SIZE'
  | 'E_WATCH_ENDED_EARLY'

/** The parts of a Kubernetes `Status` object that decide what to do next. */
export interface ApiStatus {
  /** HTTP status code. */
  readonly status: number
  /** `reason` of the Status object ('Forbidden', 'Expired', …), '' if the body was none. */
  readonly reason: string
  /** `details.causes[].reason`. */
  readonly causes: readonly string[]
  /** How long the server asks us to wait. */
  readonly retryAfterMs?: number
}

/** A request to the API server that failed; the message says what was attempted and what came back. */
export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly response: ApiStatus | undefined

  constructor(code: ApiErrorCode, message: string, options: { cause?: unknown; response?: ApiStatus } = {}) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.code = code
    this.response = options.response
  }

  /** The HTTP status, 0 when there was no answer. */
  get status(): number {
    return this.response?.status ?? 0
  }

  /** How long the server asks us to wait before the next try, 0 when it says nothing. */
  get retryAfterMs(): number {
    return this.response?.retryAfterMs ?? 0
  }

  /** True when the resource version (or continue token) is of no use any more and everything has to be listed again. */
  get requiresRelist(): boolean {
    return (
      this.status === 410 ||
      this.response?.reason === 'Expired' ||
      this.response?.causes.includes('ResourceVersionTooLarge') === true
    )
  }

  /** True when there is no such object, or no such kind. */
  get isNotFound(): boolean {
    return this.status === 404
  }

  /** True when somebody else was faster: the object has changed, or has come, since it was read. */
  get isConflict(): boolean {
    return this.status === 409
  }

  /** True when our permissions do not allow it. */
  get isForbidden(): boolean {
    return this.status === 403
  }

  /** True when trying again cannot help until somebody changes a permission or an object. */
  get isRefusal(): boolean {
    return this.status === 400 || this.isForbidden || this.status === 422
  }
}

const statusSchema = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  code: z.number().optional(),
  details: z
    .object({
      causes: z.array(z.object({ reason: z.string().default('') })).default([]),
      retryAfterSeconds: z.number().optional(),
    })
    .default({ causes: [] }),
})

/** The error for an HTTP answer that is not a success. `body` may be a Status object, or anything a proxy in between says. */
export function errorOfResponse(
  attempted: string,
  httpStatus: number,
  body: string,
  retryAfterSeconds?: number,
): ApiError {
  const status = parseStatus(body)
  if (status !== undefined) return errorOfStatus(attempted, status, httpStatus, retryAfterSeconds)
  return new ApiError('E_API_STATUS', `${attempted}: ${httpStatus}: ${body.trim().slice(0, 200)}`, {
    response: { status: httpStatus, reason: '', causes: [], ...waitMs(retryAfterSeconds) },
  })
}

/** The error for a Status object, as it comes in a response or as the object of a watch event of type ERROR. */
export function errorOfStatus(
  attempted: string,
  status: unknown,
  httpStatus?: number,
  retryAfterSeconds?: number,
): ApiError {
  const parsed = statusSchema.safeParse(status)
  if (!parsed.success)
    return new ApiError('E_API_RESPONSE', `${attempted}: no Status object: ${JSON.stringify(status)}`)
  const { message, reason, code, details } = parsed.data
  const number = httpStatus ?? code ?? 0
  return new ApiError('E_API_STATUS', `${attempted}: ${number} ${reason}: ${message}`, {
    response: {
      status: number,
      reason,
      causes: details.causes.map(cause => cause.reason),
      ...waitMs(retryAfterSeconds ?? details.retryAfterSeconds),
    },
  })
}

function waitMs(seconds: number | undefined): { retryAfterMs?: number } {
  return seconds === undefined || Number.isNaN(seconds)
    ? {}
    : { retryAfterMs: Math.min(seconds * 1000, RETRY_AFTER_MS_MAX) }
}

function parseStatus(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status'
      ? parsed
      : undefined
  } catch {
    return undefined // Not JSON: the caller quotes the text.
  }
}

/** Reads the object that an answer holds. Throws ApiError when `read` throws: then it is not what was asked for. */
export function readAnswer<T>(attempted: string, answer: unknown, read: (answer: unknown) => T): T {
  try {
    return read(answer)
  } catch (cause) {
    throw new ApiError('E_API_RESPONSE', `${attempted}: the answer is not the object`, { cause })
  }
}
