import { startWorker } from '../children.ts'

/** One request to the API server, as it is sent. */
export interface ApiCall {
  readonly method: 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Default application/json. */
  readonly contentType?: string
  readonly body: string
}

/**
 * How requests follow one another: so many a second whatever becomes of them, or so many at the same time. By the first, a
 * request is late from the moment at which it should have been sent.
 */
export type Pace = { readonly perSecond: number } | { readonly atOnce: number }

/** Where to send them. */
export interface ApiServerAddress {
  readonly url: string
  readonly caCertificate: string
  readonly token: string
}

/** What the generator is told. */
export interface LoadOrder {
  readonly calls: readonly ApiCall[]
  readonly pace: Pace
}

/** What became of the requests. */
export interface LoadResult {
  /** Of each request, from when it was due to the end of the answer, in the order of the answers. */
  readonly latenciesMs: readonly number[]
  /** Of the answers, those that have one. */
  readonly uids: readonly string[]
  /** "409 Conflict …": what was not done. */
  readonly failures: readonly string[]
}

/** A process that sends requests, so that whoever measures does not get in their way. */
export interface LoadGenerator {
  readonly send: (calls: readonly ApiCall[], pace: Pace) => Promise<LoadResult>
  /** The same, and throws when a request failed. */
  readonly sendAll: (calls: readonly ApiCall[], pace: Pace) => Promise<LoadResult>
  readonly stop: () => Promise<void>
}

/** So many bodies are handed over to the process at a time. */
const CALLS_MAX = 1000

/** Starts the process. */
export async function startLoadGenerator(address: ApiServerAddress): Promise<LoadGenerator> {
  const worker = await startWorker('operator/load-generator.ts', JSON.stringify(address))
  const order = async (given: LoadOrder): Promise<LoadResult> => (await worker.ask(given)) as LoadResult
  const send: LoadGenerator['send'] = async (calls, pace) => {
    const results: LoadResult[] = []
    for (let from = 0; from < calls.length; from += CALLS_MAX)
      results.push(await order({ calls: calls.slice(from, from + CALLS_MAX), pace }))
    return {
      latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
      uids: results.flatMap(({ uids }) => uids),
      failures: results.flatMap(({ failures }) => failures),
    }
  }
  return {
    send,
    sendAll: async (calls, pace) => {
      const result = await send(calls, pace)
      const [first] = result.failures
      if (first !== undefined)
        throw new Error(`${result.failures.length} of ${calls.length} requests failed: ${first}`)
      return result
    },
    stop: worker.stop,
  }
}
