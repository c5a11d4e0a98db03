import { hash } from './hash'
import { SCRATCH } from './layout'
import { item } from './pages'
import { entryValue, findHash, insertHash, NONE } from './table'

/** Records as bytes → their numbers, and the directory of records. */
let table: usize = 0
let records: usize = 0
/** log2 of the bytes of a record. */
let shift: usize = 0
/** Numbers that were used, and the first of the free ones among them + 1: the record of each leads to the next. */
let numbers: u32 = 0
let free: u32 = 0

export function setUpRecords(recordTable: usize, directory: usize, bytesShift: usize): void {
  table = recordTable
  records = directory
  shift = bytesShift
}

/** The address of a record. */
// @ts-ignore: decorator
@inline
export function recordAt(record: u32): usize {
  return item(records, record, shift)
}

/** The number of the record whose bytes are in the scratch; it is made if there is none. */
export function recordFor(length: i32): u32 {
  const hashed = hash(SCRATCH, length)
  const entry = findHash(table, hashed, length)
  if (entry != NONE) return entryValue(table, entry)
  let number = numbers
  if (free != 0) {
    number = free - 1
    free = load<u32>(recordAt(number))
  } else numbers++
  memory.copy(recordAt(number), SCRATCH, <usize>length)
  insertHash(table, hashed, length, number)
  return number
}

/** How many numbers were used, free ones included. */
export function recordNumbers(): u32 {
  return numbers
}

/** Lets a number be used again, of a record that is not in the table any more. */
export function freeRecord(number: u32): void {
  store<u32>(recordAt(number), free)
  free = number + 1
}

/** Forgets which numbers are free. */
export function forgetFreeRecords(): void {
  free = 0
}
