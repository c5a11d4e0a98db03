import { isIP } from 'node:net'

/** The addresses of each name in a hosts file, names in lower case. Source: hosts(5). */
export function parseHosts(text: string): Map<string, string[]> {
  const addresses = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0) continue
    for (const name of names) {
      const key = name.toLowerCase()
      const known = addresses.get(key) ?? []
      if (!known.includes(address)) addresses.set(key, [...known, address])
    }
  }
  return addresses
}
