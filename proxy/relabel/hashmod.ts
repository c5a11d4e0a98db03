import { hash } from 'node:crypto'

/**
 * The last 8 bytes of the MD5 of a text (as UTF-8), as a big-endian unsigned integer, modulo `modulus`, in decimal.
 * `modulus` is 1 to 2^64 − 1. Source: action hashmod in Prometheus' model/relabel/relabel.go, which keeps 8 of the
 * 16 bytes for compatibility with its earlier versions.
 */
export function hashmod(text: string, modulus: bigint): string {
  const digest = hash('md5', text, 'buffer')
  return (digest.readBigUInt64BE(8) % modulus).toString()
}
