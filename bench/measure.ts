/** Bodies come in chunks of this size, as sockets give them. */
const CHUNK_BYTES = 64 * 1024

/** Milliseconds of CPU of this process, garbage collection and compilation in other threads included. */
export function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** The chunks in which a body comes. */
export function* chunksOf(body: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += CHUNK_BYTES) yield body.subarray(at, at + CHUNK_BYTES)
}
