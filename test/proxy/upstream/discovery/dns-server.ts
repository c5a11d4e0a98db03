import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** The records of a name. */
export interface DnsName {
  readonly a?: readonly string[]
  readonly aaaa?: readonly string[]
  readonly srv?: readonly { readonly target: string; readonly port: number }[]
}

/** What a server does with queries for a name: answers with records, an error code, or not at all. */
export type DnsBehaviour = DnsName | 'servfail' | 'refused' | 'silent'

/** A DNS server on a free port, over UDP and TCP. */
export interface DnsServer {
  /** As a resolver is told it: address and port. */
  readonly address: string
  /** By name in lower case. Names that are not there do not exist. */
  readonly zone: Map<string, DnsBehaviour>
  /** What was asked, as `NAME TYPE`, oldest first. */
  readonly queries: readonly string[]
  stop(): Promise<void>
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA' | 'SRV'>> = { 1: 'A', 28: 'AAAA', 33: 'SRV' }
const HEADER_BYTES = 12
/** What fits into UDP without extensions (RFC 1035, section 4.2.1). */
const UDP_BYTES_MAX = 512
const RCODES = { none: 0, servfail: 2, nxdomain: 3, refused: 5 }

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').map(label => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.of(0)])
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string) => text.split(':').filter(group => group !== '')
  const zeros = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => '0')
  const bytes = Buffer.alloc(16)
  for (const [index, group] of [...groups(head), ...zeros, ...groups(tail)].entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * index)
  return bytes
}

function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  // The name is that of the question.
  head.writeUInt16BE(0xc000 | HEADER_BYTES, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function recordsOf({ a = [], aaaa = [], srv = [] }: DnsName, type: number): Buffer[] {
  if (type === 1) return a.map(address => record(1, Buffer.from(address.split('.').map(Number))))
  if (type === 28) return aaaa.map(address => record(28, ipv6Bytes(address)))
  return srv.map(({ target, port }) => {
    const numbers = Buffer.alloc(6)
    numbers.writeUInt16BE(port, 4)
    return record(33, Buffer.concat([numbers, nameBytes(target)]))
  })
}

function answer(query: Buffer, behaviour: DnsBehaviour | undefined, bytesMax: number): Buffer {
  const { end } = readName(query)
  const question = query.subarray(HEADER_BYTES, end + 4)
  const records = typeof behaviour === 'object' ? recordsOf(behaviour, query.readUInt16BE(end)) : []
  const rcode =
    behaviour === undefined
      ? RCODES.nxdomain
      : typeof behaviour === 'object' || behaviour === 'silent'
        ? RCODES.none
        : RCODES[behaviour]
  const whole = Buffer.concat([question, ...records])
  const isTruncated = HEADER_BYTES + whole.length > bytesMax
  const header = Buffer.alloc(HEADER_BYTES)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180 | (isTruncated ? 0x0200 : 0) | rcode, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isTruncated ? 0 : records.length, 6)
  return Buffer.concat([header, isTruncated ? question : whole])
}

/** Starts a DNS server. */
export async function startDnsServer(zone: Readonly<Record<string, DnsBehaviour>> = {}): Promise<DnsServer> {
  const queries: string[] = []
  const names = new Map(Object.entries(zone))
  const reply = (query: Buffer, bytesMax: number): Buffer | undefined => {
    const { name, end } = readName(query)
    queries.push(`${name} ${TYPES[query.readUInt16BE(end)] ?? '?'}`)
    const behaviour = names.get(name)
    return behaviour === 'silent' ? undefined : answer(query, behaviour, bytesMax)
  }
  const sockets = new Set<Socket>()
  const tcp = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => sockets.delete(socket))
    socket.on('data', (data: Buffer) => {
      const bytes = reply(data.subarray(2), Number.POSITIVE_INFINITY)
      if (bytes === undefined) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes.length)
      socket.end(Buffer.concat([length, bytes]))
    })
  })
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const udp = createSocket('udp4')
  udp.on('message', (query, from) => {
    const bytes = reply(query, UDP_BYTES_MAX)
    if (bytes !== undefined) udp.send(bytes, from.port, from.address)
  })
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  return {
    address: `127.0.0.1:${port}`,
    zone: names,
    queries,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    },
  }
}
