import { hash } from './hash'
import { SLOT_TABLES, SLOT_TEXTS } from './layout'
import { entryValue, findHash, insertHash, NONE } from './table'
import { setText, takeNumber } from './texts'

/** The slot, in an output that accumulates, of the series with this text; one is made if there is none. `name` is its metric's. */
export function slotFor(output: u32, name: u32, text: usize, length: i32): u32 {
  const table: usize = load<u32>(SLOT_TABLES + (<usize>output << 2))
  const hashed = hash(text, length)
  const entry = findHash(table, hashed, length)
  if (entry != NONE) return entryValue(table, entry)
  const texts: usize = load<u32>(SLOT_TEXTS + (<usize>output << 2))
  const slot = takeNumber(texts)
  setText(texts, slot, name, text, <u32>length)
  insertHash(table, hashed, length, slot)
  return slot
}
