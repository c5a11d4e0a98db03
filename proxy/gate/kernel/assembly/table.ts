import { hash } from './hash'
import { PAGE_SHIFT } from './layout'
import { allocatePage, freeItems, freePage, item } from './pages'

/**
 * A hash table: entries in the order in which they came, and an index of them (open addressing, linear probing). A
 * table is a page: fields, then the directories of entries and of the index.
 *
 * An index word is `tag << 24 | entry + 1`, the tag being the hash's top byte, so that probing reads an entry that
 * is not the right one in one of 256 cases. Growing the index frees it first and fills the larger one from the
 * entries, which keep their hashes: no two copies.
 */
const COUNT: usize = 0
const INDEX_MASK: usize = 4
const ENTRIES: usize = 256
const INDEX: usize = 32768
const DIRECTORY_PAGES: u32 = 8128

const ENTRY_SHIFT: usize = 4
const INDEX_SHIFT: usize = 2
const INDEX_MIN: u32 = 1 << 14

export const ENTRY_HASH: usize = 0
export const ENTRY_VALUE: usize = 8
export const ENTRY_LENGTH: usize = 12

/** No such entry. */
export const NONE: u32 = 0xffffffff

export function createTable(): usize {
  const table = allocatePage()
  store<u32>(table, INDEX_MIN - 1, INDEX_MASK)
  return table
}

export function tableCount(table: usize): u32 {
  return load<u32>(table, COUNT)
}

/** The address of an entry. */
// @ts-ignore: decorator
@inline
export function entryAt(table: usize, entry: u32): usize {
  return item(table + ENTRIES, entry, ENTRY_SHIFT)
}

// @ts-ignore: decorator
@inline
function indexAt(table: usize, position: u32): usize {
  return item(table + INDEX, position, INDEX_SHIFT)
}

/** The entry with this hash and length; NONE if there is none. Two or three cache misses in a large table. */
export function findHash(table: usize, hashed: u64, length: i32): u32 {
  const mask = load<u32>(table, INDEX_MASK)
  const tag = <u32>(hashed >> 56)
  let position = <u32>hashed & mask
  while (true) {
    const word = load<u32>(indexAt(table, position))
    if (word == 0) return NONE
    if (word >> 24 == tag) {
      const entry = (word & 0xffffff) - 1
      const at = entryAt(table, entry)
      if (load<u64>(at, ENTRY_HASH) == hashed && <i32>load<u16>(at, ENTRY_LENGTH) == length) return entry
    }
    position = (position + 1) & mask
  }
}

/** The entry with these bytes; NONE if there is none. */
export function find(table: usize, start: usize, length: i32): u32 {
  return findHash(table, hash(start, length), length)
}

/** Adds an entry for bytes that have none; its number. */
export function insert(table: usize, start: usize, length: i32, value: u32): u32 {
  return insertHash(table, hash(start, length), length, value)
}

/** The same for bytes with this hash. */
export function insertHash(table: usize, hashed: u64, length: i32, value: u32): u32 {
  const entry = load<u32>(table, COUNT)
  const at = entryAt(table, entry)
  store<u64>(at, hashed, ENTRY_HASH)
  store<u32>(at, value, ENTRY_VALUE)
  store<u16>(at, <u16>length, ENTRY_LENGTH)
  store<u32>(table, entry + 1, COUNT)
  const capacity = load<u32>(table, INDEX_MASK) + 1
  if (entry + 1 > capacity - (capacity >> 2)) rebuildIndex(table, capacity << 1)
  else place(table, entry, hashed)
  return entry
}

export function entryValue(table: usize, entry: u32): u32 {
  return load<u32>(entryAt(table, entry), ENTRY_VALUE)
}

export function setEntryValue(table: usize, entry: u32, value: u32): void {
  store<u32>(entryAt(table, entry), value, ENTRY_VALUE)
}

/**
 * Keeps the entries whose bit is set, in their order; with `byValue`, the bit that their value numbers. The others'
 * memory is freed.
 */
export function compactTable(table: usize, bits: usize, byValue: bool): void {
  const count = load<u32>(table, COUNT)
  let kept: u32 = 0
  for (let entry: u32 = 0; entry < count; entry++) {
    const from = entryAt(table, entry)
    if (!hasBit(bits, byValue ? load<u32>(from, ENTRY_VALUE) : entry)) continue
    if (kept != entry) memory.copy(entryAt(table, kept), from, 1 << ENTRY_SHIFT)
    kept++
  }
  store<u32>(table, kept, COUNT)
  const perPage = <u32>(PAGE_SHIFT - ENTRY_SHIFT)
  const pagesKept = (kept + (1 << perPage) - 1) >> perPage
  freeItems(table + ENTRIES + (<usize>pagesKept << 2), DIRECTORY_PAGES - pagesKept)
  let capacity = INDEX_MIN
  while (kept > capacity - (capacity >> 2)) capacity <<= 1
  rebuildIndex(table, capacity)
}

function rebuildIndex(table: usize, capacity: u32): void {
  freeItems(table + INDEX, DIRECTORY_PAGES)
  store<u32>(table, capacity - 1, INDEX_MASK)
  const count = load<u32>(table, COUNT)
  for (let entry: u32 = 0; entry < count; entry++) {
    place(table, entry, load<u64>(entryAt(table, entry), ENTRY_HASH))
  }
}

function place(table: usize, entry: u32, hashed: u64): void {
  const mask = load<u32>(table, INDEX_MASK)
  let position = <u32>hashed & mask
  while (load<u32>(indexAt(table, position)) != 0) position = (position + 1) & mask
  store<u32>(indexAt(table, position), (<u32>(hashed >> 56) << 24) | (entry + 1))
}

/** A set of bits: a directory of pages. */
export function createBits(): usize {
  return allocatePage()
}

export function freeBits(bits: usize): void {
  freeItems(bits, 1 << 14)
  freePage(bits)
}

export function setBit(bits: usize, index: u32): void {
  const at = item(bits, index >> 3, 0)
  store<u8>(at, load<u8>(at) | <u8>(<u32>1 << (index & 7)))
}

// @ts-ignore: decorator
@inline
export function hasBit(bits: usize, index: u32): bool {
  return ((<u32>load<u8>(item(bits, index >> 3, 0)) >> (index & 7)) & 1) != 0
}

/** Sets the bit; whether it was set already. */
// @ts-ignore: decorator
@inline
export function testAndSetBit(bits: usize, index: u32): bool {
  const at = item(bits, index >> 3, 0)
  const byte = load<u8>(at)
  const bit = <u8>(<u32>1 << (index & 7))
  store<u8>(at, byte | bit)
  return (byte & bit) != 0
}

/** Sets in `into` what is set in `from`, up to a number of bits. Costs about 1 ns for 128 bits. */
export function uniteBits(into: usize, from: usize, count: u32): void {
  for (let byte: u32 = 0; byte < (count + 7) >> 3; byte += 16) {
    const at = item(into, byte, 0)
    v128.store(at, v128.or(v128.load(at), v128.load(item(from, byte, 0))))
  }
}

/** How many of the first `count` bits are set. */
export function countBits(bits: usize, count: u32): u32 {
  let set: u32 = 0
  for (let byte: u32 = 0; byte < (count + 7) >> 3; byte += 8) set += <u32>popcnt<u64>(load<u64>(item(bits, byte, 0)))
  return set
}
