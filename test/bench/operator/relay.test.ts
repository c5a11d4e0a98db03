import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from '@jest/globals'
import { type Relay, startRelay } from '../../../bench/operator/relay.ts'

const servers: Server[] = []
let relay: Relay | undefined

afterEach(async () => {
  await relay?.stop()
  for (const server of servers.splice(0)) server.close()
})

/** A server that says its name to whoever connects. */
async function backend(name: string): Promise<number> {
  const server = createServer(socket => socket.end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return (server.address() as AddressInfo).port
}

/** A port on which nobody listens. */
async function nobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function answers(ports: readonly number[], count: number): Promise<string[]> {
  relay = await startRelay(ports)
  const heard: string[] = []
  for (let index = 0; index < count; index++)
    heard.push(await text(connect({ host: '127.0.0.1', port: relay.port })))
  return heard
}

test('connections go to the servers in turn', async () => {
  expect(await answers([await backend('a'), await backend('b')], 4)).toEqual(['a', 'b', 'a', 'b'])
})

test('a server that is not there is left out', async () => {
  expect(await answers([await nobody(), await backend('b')], 3)).toEqual(['b', 'b', 'b'])
})

test('where none is there, the connection ends', async () => {
  expect(await answers([await nobody()], 1)).toEqual([''])
})
