import { HttpUpstream } from '../../../proxy/upstream/http-upstream.ts'
import { Http1Transport } from '../../../proxy/upstream/http1/transport.ts'
import { UndiciTransport } from '../../../proxy/upstream/undici-transport.ts'
import type { Upstream, UpstreamRequest, UpstreamResponse } from '../../../proxy/upstream/upstream.ts'

/** Both clients, each over plain http, by name: what one does the other has to do as well. */
export const CLIENTS: readonly (readonly [name: string, upstreamAt: (url: string) => Upstream])[] = [
  ['our own client', url => new HttpUpstream(url, new Http1Transport(new URL(url)))],
  [
    'undici',
    url => new HttpUpstream(url, new UndiciTransport(new URL(url).origin, { insecureSkipVerify: false })),
  ],
]

/** A request without headers, query or deadline, but for what is given. */
export function requestWith(request: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return { headers: {}, query: '', signal: new AbortController().signal, ...request }
}

/** The body as text, each byte a character, read by iteration. */
export async function iterated({ body }: UpstreamResponse): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
  return text
}

/** The body as text, each byte a character, read by `pump`. */
export async function pumped({ body }: UpstreamResponse): Promise<string> {
  let text = ''
  const ended = await body.pump(chunk => {
    text += Buffer.from(chunk).toString('latin1')
    return true
  })
  if (!ended) throw new Error('the pump stopped, although its sink wanted more')
  return text
}

/** The body as text, each byte a character, read by `pump` with a pause after each chunk. */
export async function pausing({ body }: UpstreamResponse): Promise<string> {
  let text = ''
  const take = (chunk: Uint8Array): boolean => {
    text += Buffer.from(chunk).toString('latin1')
    return false
  }
  while (!(await body.pump(take))) await new Promise(setImmediate)
  return text
}

/** The ways to read a body, by name. */
export const READERS: readonly (readonly [
  name: string,
  read: (response: UpstreamResponse) => Promise<string>,
])[] = [
  ['iterated over', iterated],
  ['pumped', pumped],
  ['pumped with pauses', pausing],
]
