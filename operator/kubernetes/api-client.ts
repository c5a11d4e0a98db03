import { HttpMethod, type KubeConfig, RequestContext } from '@kubernetes/client-node'
import { Agent, type Dispatcher } from 'undici'
import { ApiError, errorOfResponse } from './api-error.ts'
import type { Clock } from './clock.ts'
import { CREDENTIALS_MS_MAX, REQUEST_SILENCE_MS_MAX } from './limits.ts'

/** One request to the API server. */
export interface ApiRequest {
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute, with its parts already escaped. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Default application/json. */
  readonly accept?: string
  /** Default application/json. */
  readonly contentType?: string
  /** Sent as JSON. */
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** What to accept for the metadata of an object, and nothing else of it. */
export const OBJECT_METADATA = metadataOf('PartialObjectMetadata')
/** The same of a list of objects. */
export const LIST_METADATA = metadataOf('PartialObjectMetadataList')

/**
 * An option of undici's Agent that its types do not have. Over HTTP/2 all watches would share one connection, and Node 26 can write to a
 * session that is torn down for ever, without yielding (node::http2::Http2Session::SendPendingData).
 */
const HTTP_1: object = { allowH2: false }

/** Told of every answer, and of requests that got none (status 0). */
export type ApiObserver = (request: ApiRequest, status: number, durationMs: number) => void

/** Says whether changes may be sent now. */
export interface Fence {
  /** Throws when they may not. */
  check(): void
  /** Aborts, with what `check` throws then, when they may not any more. */
  readonly signal: AbortSignal
}

/** How an ApiClient works. */
export interface ApiClientOptions {
  readonly clock: Clock
  readonly userAgent: string
  readonly observe?: ApiObserver
  /** Guards all requests but GET: none is sent, and none goes on, while it refuses. */
  readonly fence?: Fence
}

type Response = Dispatcher.ResponseData

interface Credentials {
  readonly dispatcher: Dispatcher
  readonly headers: Readonly<Record<string, string>>
  readonly readAtMs: number
}

/**
 * JSON and watch requests to one API server over one connection pool. `KubeConfig` says where it is and who we are; its own
 * request methods are not used, because each of them opens a new pool and they know no streaming.
 */
export class ApiClient {
  readonly #config: KubeConfig
  readonly #origin: URL
  readonly #clock: Clock
  readonly #userAgent: string
  readonly #observe: ApiObserver
  readonly #fence: Fence | undefined
  #credentials: Credentials | undefined
  #refreshing: Promise<Credentials> | undefined
  readonly #dispatchers = new Set<Dispatcher>()
  #closed = false

  /** Throws when the configuration names no cluster. */
  constructor(config: KubeConfig, options: ApiClientOptions) {
    const server = config.getCurrentCluster()?.server
    if (server === undefined) {
      throw new Error(
        'The Kubernetes configuration names no cluster: give --kubeconfig or --context, or run in a pod',
      )
    }
    this.#config = config
    this.#origin = new URL(server)
    this.#clock = options.clock
    this.#userAgent = options.userAgent
    this.#observe = options.observe ?? (() => undefined)
    this.#fence = options.fence
  }

  /** The address of the API server. */
  get server(): string {
    return this.#origin.href
  }

  /** The parsed body of a successful answer. Throws ApiError, and what the fence throws. */
  async json(request: ApiRequest): Promise<unknown> {
    const body = await this.#send(request, REQUEST_SILENCE_MS_MAX)
    const text = await body.text().catch(cause => {
      throw unreachable(describe(request), cause)
    })
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new ApiError(
        'E_API_RESPONSE',
        `${describe(request)}: the answer is not JSON: ${text.slice(0, 200)}`,
        { cause },
      )
    }
  }

  /**
   * The body of a successful answer in the chunks in which it arrives; it fails when nothing came for `silenceMsMax`.
   * Throws ApiError, also while it is read.
   */
  async *stream(request: ApiRequest, silenceMsMax: number): AsyncGenerator<Uint8Array, void> {
    const body = await this.#send(request, silenceMsMax)
    try {
      yield* body
    } catch (cause) {
      throw unreachable(describe(request), cause)
    }
  }

  /** Ends all requests and closes all connections; later requests fail. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#dispatchers].map(dispatcher => dispatcher.destroy()))
    this.#dispatchers.clear()
    this.#credentials = undefined
  }

  /** The body of a successful answer. Throws ApiError, and what the fence throws. */
  async #send(request: ApiRequest, silenceMsMax: number): Promise<Response['body']> {
    const fence = (request.method ?? 'GET') === 'GET' ? undefined : this.#fence
    fence?.check()
    const startedMs = this.#clock.monotonicMs()
    const observe = (status: number): void =>
      this.#observe(request, status, this.#clock.monotonicMs() - startedMs)
    let credentials: Credentials | undefined
    let response: Response
    try {
      if (this.#closed) throw new Error('the client is closed')
      credentials = await this.#authenticate()
      response = await this.#dispatch(request, credentials, silenceMsMax, fence)
    } catch (cause) {
      observe(0)
      fence?.check()
      // A certificate or a proxy may have changed: the next request makes a new pool.
      if (request.signal?.aborted !== true) this.#discard(credentials)
      throw unreachable(describe(request), cause)
    }
    observe(response.statusCode)
    if (response.statusCode >= 200 && response.statusCode < 300) return response.body
    if (response.statusCode === 401) this.#discard(credentials)
    throw await readFailure(describe(request), response)
  }

  #dispatch(
    request: ApiRequest,
    { dispatcher, headers }: Credentials,
    silenceMsMax: number,
    fence: Fence | undefined,
  ): Promise<Response> {
    const {
      method = 'GET',
      accept = 'application/json',
      contentType = 'application/json',
      body,
      signal,
    } = request
    const guarded = fence === undefined ? dispatcher : dispatcher.compose(checkWhenSent(fence))
    const signals = [fence?.signal, signal].filter(given => given !== undefined)
    return guarded.request({
      ...HTTP_1,
      origin: this.#origin.origin,
      path: this.#url(request),
      method,
      headers: {
        ...headers,
        'User-Agent': this.#userAgent,
        Accept: accept,
        ...(body !== undefined && { 'Content-Type': contentType }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signals.length === 0 ? null : AbortSignal.any(signals),
      headersTimeout: Math.min(silenceMsMax, REQUEST_SILENCE_MS_MAX),
      bodyTimeout: silenceMsMax,
    })
  }

  #url(request: ApiRequest): string {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) query.set(name, String(value))
    }
    const base = this.#origin.pathname.replace(/\/$/, '')
    return query.size === 0 ? `${base}${request.path}` : `${base}${request.path}?${query}`
  }

  #authenticate(): Promise<Credentials> {
    const current = this.#credentials
    if (current !== undefined && this.#clock.monotonicMs() - current.readAtMs < CREDENTIALS_MS_MAX) {
      return Promise.resolve(current)
    }
    this.#refreshing ??= this.#refresh(current?.dispatcher).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(pool: Dispatcher | undefined): Promise<Credentials> {
    const context = new RequestContext(this.#origin.href, HttpMethod.GET)
    await this.#config.applySecurityAuthentication(context)
    const dispatcher = pool ?? context.getDispatcher() ?? new Agent()
    if (pool === undefined) this.#adopt(dispatcher)
    this.#credentials = { dispatcher, headers: context.getHeaders(), readAtMs: this.#clock.monotonicMs() }
    return this.#credentials
  }

  #discard(credentials: Credentials | undefined): void {
    if (this.#credentials === credentials) this.#credentials = undefined
  }

  /** Pools that are no longer chosen finish their requests (watches) and then close by themselves. */
  #adopt(dispatcher: Dispatcher): void {
    for (const old of this.#dispatchers) {
      const forget = (): boolean => this.#dispatchers.delete(old)
      // It rejects when close() destroys it meanwhile; either way it is gone.
      void old.close().then(forget, forget)
    }
    this.#dispatchers.add(dispatcher)
  }
}

/**
 * Asks the fence when the request is about to be written to its connection: it may have waited for one, in a process that was stopped
 * meanwhile.
 */
function checkWhenSent(fence: Fence): Dispatcher.DispatcherComposeInterceptor {
  return dispatch => (options, handler) => {
    const begin = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (controller, context) => {
      begin?.(controller, context)
      try {
        fence.check()
      } catch (error) {
        controller.abort(error as Error)
      }
    }
    return dispatch(options, handler)
  }
}

function metadataOf(kind: string): string {
  return `application/json;as=${kind};g=meta.k8s.io;v=v1`
}

function describe(request: ApiRequest): string {
  return `${request.method ?? 'GET'} ${request.path}`
}

async function readFailure(attempted: string, { statusCode, headers, body }: Response): Promise<ApiError> {
  const text = await body.text().catch(cause => `(the body could not be read: ${cause})`)
  const retryAfter = headers['retry-after']
  return errorOfResponse(
    attempted,
    statusCode,
    text,
    retryAfter === undefined ? undefined : Number(retryAfter),
  )
}

function unreachable(attempted: string, cause: unknown): ApiError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ApiError('E_API_UNREACHABLE', `${attempted}: ${reason}`, { cause })
}
