import * as z from 'zod'
import { ApiClient } from '../../../../operator/kubernetes/api-client.ts'
import { Collection } from '../../../../operator/kubernetes/collection.ts'
import { ListWatch } from '../../../../operator/kubernetes/list-watch.ts'
import { HastyClock } from './clocks.ts'
import { ScriptedApi, type Step } from './scripted-api.ts'

const thingSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string(), resourceVersion: z.string() }),
})
type Thing = z.output<typeof thingSchema>

const closing: (() => Promise<void>)[] = []
/** Ends everything that `listWatch` has begun. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close()
}

/** A list-watch on a scripted server, with a log of what it told. */
export async function listWatch(
  steps: Step[],
  options: { onChange?: () => void; silenceMsMax?: number } = {},
) {
  const api = await ScriptedApi.start(...steps)
  const clock = new HastyClock()
  const client = new ApiClient(api.kubeConfig, { clock, userAgent: 'test' })
  const log: string[] = []
  const watched = new ListWatch<Thing>({
    collection: new Collection({
      client,
      path: '/api/v1/things',
      labelSelector: 'app=x',
      metadataOnly: true,
      random: () => 0.5,
      silenceMsMax: options.silenceMsMax ?? 60_000,
    }),
    read: object => thingSchema.parse(object),
    listener: {
      onChange: change => {
        log.push(`${change.type} ${change.object.metadata.name}@${change.object.metadata.resourceVersion}`)
        options.onChange?.()
      },
      onAvailability: available => log.push(available ? 'available' : 'absent'),
      onRestart: (reason, error) => log.push(`restart ${reason} ${error.code}`),
      onError: error => log.push(`error ${error instanceof Error ? error.message.split('\n')[0] : error}`),
    },
    clock,
    random: () => 0.5,
  })
  closing.push(
    () => api[Symbol.asyncDispose](),
    () => client.close(),
    () => watched.stop(),
  )
  watched.start()
  const queries = (): string[] => api.requests.map(({ searchParams }) => brief(searchParams))
  return { api, clock, log, queries, watched, client }
}

/** A request in short: "list", "list limit=500 continue=t", "watch 7". */
function brief(query: URLSearchParams): string {
  if (query.get('watch') === 'true') return `watch ${query.get('resourceVersion')}`
  return [
    'list',
    ...['limit', 'continue'].flatMap(name => (query.has(name) ? `${name}=${query.get(name)}` : [])),
  ].join(' ')
}

/** Names of what the store holds. */
export const names = (watched: ListWatch<Thing>): string[] =>
  [...watched.store.all()].map(({ metadata }) => metadata.name).sort()
