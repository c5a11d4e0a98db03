import asc from 'assemblyscript/asc'

const PAGE_BYTES = 65_536
const SLICE_BYTES = 64 * 1024

/** AssemblyScript. Cost: one load, comparison and population count for 16 bytes; memory is the limit. */
const SOURCE = `
export function countNewlines(at: usize, end: usize): i32 {
  const newline = i8x16.splat(10)
  let count = 0
  for (; at + 16 <= end; at += 16) count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(at), newline)))
  for (; at < end; at++) if (load<u8>(at) == 10) count++
  return count
}`

/** What the module above exports. */
interface Newlines {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => number }
  readonly countNewlines: (at: number, end: number) => number
}

/** The part of the JavaScript interface that is used here: the libraries of ECMAScript do not declare it. */
declare const WebAssembly: {
  readonly instantiate: (module: Uint8Array) => Promise<{ instance: { exports: unknown } }>
}

/** Copies a body into the memory of a WebAssembly module, and returns what counts its newlines with SIMD. */
export async function newlineCounter(body: Uint8Array): Promise<() => number> {
  const options = { optimizeLevel: 3, runtime: 'stub', enable: ['simd'] }
  const { binary, stderr } = await asc.compileString(SOURCE, options)
  if (binary === null) throw new Error(`cannot compile the newline count: ${stderr.toString()}`)
  const { instance } = await WebAssembly.instantiate(binary)
  const { memory, countNewlines } = instance.exports as Newlines
  const start = memory.buffer.byteLength
  memory.grow(Math.ceil(body.length / PAGE_BYTES))
  new Uint8Array(memory.buffer, start).set(body)
  return () => countNewlines(start, start + body.length)
}

/** Copies a body, slice by slice, over the same memory: what it costs to look at each byte once and move it. */
export function copySlices(body: Uint8Array): void {
  const target = new Uint8Array(SLICE_BYTES)
  for (let at = 0; at < body.length; at += SLICE_BYTES) target.set(body.subarray(at, at + SLICE_BYTES))
}
