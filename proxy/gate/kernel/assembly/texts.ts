import { copy } from './copy'
import { PAGE_BYTES } from './layout'
import { allocatePage, freeItems, freePage, item } from './pages'

/**
 * Texts by number, of up to SERIES_BYTES_MAX bytes. A text is kept as its difference from the one set before: what lies
 * between a common beginning and a common end. The series of a metric follow one another and differ in a label or two, so
 * that a text of 300 bytes takes about 10, and 20 more for its place. Every STEPS_MAX texts one is kept whole, so that no text
 * is more than so many steps away. Texts are best read in the order in which they were set.
 *
 * A store is a page: fields, the text set last and the text read last, then the directories of differences and of places.
 */
const COUNT: usize = 0
/** Where the bytes of the next difference go, and where their page ends. */
const ROOM: usize = 4
const ROOM_END: usize = 8
const LAST_BYTES: usize = 12
/** The place of the text read last + 1; 0: none. */
const READ_PLACE: usize = 16
const READ_BYTES: usize = 20
/** The pages with the bytes of differences, a list: each begins with the address of the one before. */
const PAGE: usize = 24
/** Numbers that were used, and the first of the free ones among them + 1: the place of each leads to the next. */
const NUMBERS: usize = 28
const FREE: usize = 32
const LAST: usize = 1024
const READ: usize = 10240
const DIFFERENCES: usize = 20480
const PLACES: usize = 43008
const DIRECTORY_PAGES: u32 = 5632

const STEPS_MAX: u32 = 16
const DIFFERENCE_SHIFT: usize = 4
const PLACE_SHIFT: usize = 2

// A difference: 16 bytes.
/** Where the bytes between the common beginning and the common end are, and how many there are of each of the three. */
const MIDDLE: usize = 0
const NAME: usize = 4
const START_BYTES: usize = 8
const END_BYTES: usize = 10
const MIDDLE_BYTES: usize = 12

export function createTexts(): usize {
  return allocatePage()
}

export function freeTexts(texts: usize): void {
  let page: usize = load<u32>(texts, PAGE)
  while (page != 0) {
    const before: usize = load<u32>(page)
    freePage(page)
    page = before
  }
  freeItems(texts + DIFFERENCES, DIRECTORY_PAGES)
  freeItems(texts + PLACES, DIRECTORY_PAGES)
  freePage(texts)
}

/** A number that has no text. */
export function takeNumber(texts: usize): u32 {
  const free = load<u32>(texts, FREE)
  if (free != 0) {
    store<u32>(texts, load<u32>(placeAt(texts, free - 1)), FREE)
    return free - 1
  }
  const number = load<u32>(texts, NUMBERS)
  store<u32>(texts, number + 1, NUMBERS)
  return number
}

/** How many numbers were taken, free ones included. */
export function numbersTaken(texts: usize): u32 {
  return load<u32>(texts, NUMBERS)
}

/** Gives a text to a number, and the number of a name. The text it had stays where it was until `keepTexts`. */
export function setText(texts: usize, number: u32, name: u32, at: usize, length: u32): void {
  const place = load<u32>(texts, COUNT)
  const last = texts + LAST
  let start: u32 = 0
  let end: u32 = 0
  if (place % STEPS_MAX != 0) {
    const most = min(load<u32>(texts, LAST_BYTES), length)
    start = commonStart(last, at, most)
    end = commonEnd(last + <usize>load<u32>(texts, LAST_BYTES), at + <usize>length, most - start)
  }
  const middle = length - start - end
  const bytes = reserve(texts, middle)
  copy(bytes, at + <usize>start, <usize>middle)
  const difference = differenceAt(texts, place)
  store<u32>(difference, <u32>bytes, MIDDLE)
  store<u32>(difference, name, NAME)
  store<u16>(difference, <u16>start, START_BYTES)
  store<u16>(difference, <u16>end, END_BYTES)
  store<u16>(difference, <u16>middle, MIDDLE_BYTES)
  store<u32>(placeAt(texts, number), place)
  store<u32>(texts, place + 1, COUNT)
  store<u32>(texts, <u32>bytes + middle, ROOM)
  copy(last, at, <usize>length)
  store<u32>(texts, length, LAST_BYTES)
}

/** The address of the text with this number, valid until the next call; `textBytes` is its length. */
export function readText(texts: usize, number: u32): usize {
  const place = load<u32>(placeAt(texts, number))
  const read = load<u32>(texts, READ_PLACE)
  if (read != place + 1) {
    // The text before, or the last one that is whole.
    let step = read != 0 && read == place ? place : place - (place % STEPS_MAX)
    while (step <= place) takeStep(texts, step++)
    store<u32>(texts, place + 1, READ_PLACE)
  }
  textBytes = load<u32>(texts, READ_BYTES)
  return texts + READ
}

/** Length of the text read last. */
export let textBytes: u32 = 0

/** The number of the name that came with a text. */
export function textName(texts: usize, number: u32): u32 {
  return load<u32>(differenceAt(texts, load<u32>(placeAt(texts, number))), NAME)
}

/** Which of all texts this one was set as: texts set one after the other share most. */
export function textPlace(texts: usize, number: u32): u32 {
  return load<u32>(placeAt(texts, number))
}

/** Sets a text as another store has it. */
export function copyText(from: usize, texts: usize, number: u32): void {
  const at = readText(from, number)
  setText(texts, number, textName(from, number), at, textBytes)
  if (number >= load<u32>(texts, NUMBERS)) store<u32>(texts, number + 1, NUMBERS)
}

/** Lets a number be taken again. It has no text. */
export function freeNumber(texts: usize, number: u32): void {
  store<u32>(placeAt(texts, number), load<u32>(texts, FREE))
  store<u32>(texts, number + 1, FREE)
  if (number >= load<u32>(texts, NUMBERS)) store<u32>(texts, number + 1, NUMBERS)
}

// @ts-ignore: decorator
@inline
function differenceAt(texts: usize, place: u32): usize {
  return item(texts + DIFFERENCES, place, DIFFERENCE_SHIFT)
}

// @ts-ignore: decorator
@inline
function placeAt(texts: usize, number: u32): usize {
  return item(texts + PLACES, number, PLACE_SHIFT)
}

/** Makes the text read last the one at this place, if it was the one before. */
function takeStep(texts: usize, place: u32): void {
  const difference = differenceAt(texts, place)
  const start = <usize>load<u16>(difference, START_BYTES)
  const end = <usize>load<u16>(difference, END_BYTES)
  const middle = <usize>load<u16>(difference, MIDDLE_BYTES)
  const read = texts + READ
  const from = <usize>load<u32>(texts, READ_BYTES) - end
  if (end != 0 && from != start + middle) memory.copy(read + start + middle, read + from, end)
  // Not in steps of 16: what follows is the end.
  const bytes: usize = load<u32>(difference, MIDDLE)
  if (end == 0) copy(read + start, bytes, middle)
  else for (let i: usize = 0; i < middle; i++) store<u8>(read + start + i, load<u8>(bytes + i))
  store<u32>(texts, <u32>(start + middle + end), READ_BYTES)
}

/** Where so many bytes may go, and some slack. */
function reserve(texts: usize, length: u32): usize {
  const room = load<u32>(texts, ROOM)
  if (room != 0 && room + length + 16 <= load<u32>(texts, ROOM_END)) return room
  const page = allocatePage()
  store<u32>(page, load<u32>(texts, PAGE))
  store<u32>(texts, <u32>page, PAGE)
  store<u32>(texts, <u32>page + <u32>PAGE_BYTES, ROOM_END)
  return page + 4
}

/** How many bytes two texts share at their beginning, of `most` at most. */
function commonStart(a: usize, b: usize, most: u32): u32 {
  for (let at: u32 = 0; at < most; at += 16) {
    const differs = ~i8x16.bitmask(i8x16.eq(v128.load(a + <usize>at), v128.load(b + <usize>at))) & 0xffff
    if (differs != 0) return min(most, at + <u32>ctz(differs))
  }
  return most
}

/** How many bytes two texts that end before `a` and `b` share at their end, of `most` at most. */
function commonEnd(a: usize, b: usize, most: u32): u32 {
  let bytes: u32 = 0
  while (bytes < most && load<u8>(a - <usize>bytes - 1) == load<u8>(b - <usize>bytes - 1)) bytes++
  return bytes
}
