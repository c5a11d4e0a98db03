import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the range that systems pick from for outgoing connections and for port 0 (Linux: 32768, others: 49152), so that
// nobody is given the port between this look at it and its use, or while its server is restarted.
const FIRST = 20_000
const LAST = 32_000

/** Finds a TCP port that nothing listens on at 127.0.0.1; another process may still take it before its use. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) return port
  }
}

/** Whether nothing listens on the port at 127.0.0.1, or at all addresses. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
