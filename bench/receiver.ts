// A process of the benchmark: fetches from the upstream as often as it is told to, and discards. Argument: the port.
import { DiscardingClient } from './discarding-client.ts'

const client = new DiscardingClient(Number(process.argv[2]))

process.on('message', async ({ path, count }: { path: string; count: number }) => {
  let bodyBytes = 0
  for (let scrape = 0; scrape < count; scrape++) bodyBytes = (await client.get(path)).bodyBytes
  process.send?.({ bodyBytes })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
