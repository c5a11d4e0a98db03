import { copy } from './copy'
import {
  LABELS_MAX,
  OUTPUT_TEXT,
  SERIES_BYTES_MAX,
  SHAPE_KEY,
  SHAPE_SHIFT,
  TOKEN_NAME,
  TOKEN_SHIFT,
  TOKEN_VALUE,
  TOKEN_VALUE_END,
  TOKENS,
} from './layout'
import { createBits, createTable, entryValue, find, insert, NONE } from './table'
import { item } from './pages'

const QUOTE: u8 = 0x22
const COMMA: u8 = 0x2c
const EQUALS: u8 = 0x3d
const OPEN: u8 = 0x7b
const CLOSE: u8 = 0x7d
/** In a shape key: the label before it has no value. No plain series has this byte. */
const EMPTY: u8 = 0x01

/** Value of a shape that is not plain, and result of findShape for it: the host reads such lines. */
export const NOT_PLAIN: u32 = 0xfffffffe

/** Names as they stand in the shape key → shapes, and their directory. */
let shapeTable: usize = 0
let shapes: usize = 0
let shapeKeyBytes: i32 = 0
let nameBytes: i32 = 0

/** Has to be called once, before everything else here. */
export function setUpShapes(): void {
  shapeTable = createTable()
  shapes = createBits()
}

export function shapeAt(shape: u32): usize {
  return item(shapes, shape, SHAPE_SHIFT)
}

/** The shape whose key the last `tokenize` wrote; NONE if there is none, NOT_PLAIN. */
export function findShape(): u32 {
  const entry = find(shapeTable, SHAPE_KEY, shapeKeyBytes)
  return entry == NONE ? NONE : entryValue(shapeTable, entry)
}

/** Gives that key a shape. */
export function addShape(shape: u32): void {
  insert(shapeTable, SHAPE_KEY, shapeKeyBytes, shape)
}

/**
 * Notes the labels of the series from `start` to `end`, and writes the metric's name and the labels' names as the
 * shape key, each with the byte after it, and whether the label is empty. The labels begin at `labels`, 0: there are none.
 * How many there are; -1 when the series is not as plain as can be: printable ASCII without a backslash, `name="value"`,
 * one comma between two labels and nothing else. Whether the names are valid the host finds out once for each shape.
 */
export function tokenize(start: usize, labels: usize, end: usize): i32 {
  if (!isPlain(start, end)) return -1
  let key = copy(SHAPE_KEY, start, (labels == 0 ? end : labels) - start)
  nameBytes = <i32>((labels == 0 ? end : labels - 1) - start)
  let count: u32 = 0
  let at = labels
  while (at != 0) {
    if (count == LABELS_MAX) return -1
    const token = TOKENS + (<usize>count << TOKEN_SHIFT)
    const equals = findByte(at, end, EQUALS)
    const value = equals + 2
    if (value >= end || load<u8>(equals, 1) != QUOTE) return -1
    const valueEnd = findByte(value, end, QUOTE)
    if (valueEnd >= end) return -1
    store<u32>(token, <u32>at, TOKEN_NAME)
    store<u32>(token, <u32>value, TOKEN_VALUE)
    store<u32>(token, <u32>valueEnd, TOKEN_VALUE_END)
    key = copy(key, at, equals + 1 - at)
    if (valueEnd == value) store<u8>(key++, EMPTY)
    count++
    const after = load<u8>(valueEnd, 1)
    if (after == CLOSE) {
      if (valueEnd + 2 != end) return -1
      break
    }
    if (after != COMMA) return -1
    at = valueEnd + 2
  }
  shapeKeyBytes = <i32>(key - SHAPE_KEY)
  return <i32>count
}

/**
 * Writes a series with some labels of the last tokens, `order` listing their numbers, as output text; its length, 0 when
 * the host has to do it. The value of label `numeric` (-1: none) is a number to be written in the one way of OpenMetrics.
 */
export function composeText(order: usize, labels: u32, numeric: i32): i32 {
  let to = copy(OUTPUT_TEXT, SHAPE_KEY, <usize>nameBytes)
  for (let i: u32 = 0; i < labels; i++) {
    store<u8>(to++, i == 0 ? OPEN : COMMA)
    const label: i32 = load<u8>(order + <usize>i)
    const token = TOKENS + (<usize>label << TOKEN_SHIFT)
    const name: usize = load<u32>(token, TOKEN_NAME)
    const valueEnd: usize = load<u32>(token, TOKEN_VALUE_END)
    to = copy(to, name, valueEnd - name)
    if (label == numeric) {
      const kind = numberKind(load<u32>(token, TOKEN_VALUE), valueEnd)
      if (kind == OTHER_NUMBER) return 0
      if (kind == SMALL_INTEGER) {
        store<u16>(to, 0x302e) // ".0"
        to += 2
      }
    }
    store<u8>(to++, QUOTE)
  }
  if (labels != 0) store<u8>(to++, CLOSE)
  const length = <i32>(to - OUTPUT_TEXT)
  return length > SERIES_BYTES_MAX ? 0 : length
}

const OTHER_NUMBER: i32 = 0
const SMALL_INTEGER: i32 = 1
const NORMAL_NUMBER: i32 = 2
const DIGITS_MAX: usize = 6

/** What has to be done to a bound: nothing, `.0` appended, or it is for the host. */
function numberKind(start: usize, end: usize): i32 {
  if (end - start == 4 && load<u32>(start) == 0x666e492b) return NORMAL_NUMBER // "+Inf"
  let at = start
  while (at < end && <u32>load<u8>(at) - 0x30 < 10) at++
  const integer = at - start
  if (integer == 0 || integer > DIGITS_MAX || (integer > 1 && load<u8>(start) == 0x30)) return OTHER_NUMBER
  if (at == end) return SMALL_INTEGER
  if (load<u8>(at++) != 0x2e) return OTHER_NUMBER
  const point = at
  while (at < end && <u32>load<u8>(at) - 0x30 < 10) at++
  if (at != end || at == point || at - point > DIGITS_MAX) return OTHER_NUMBER
  // 0.0001 is printed so, what is smaller is not; a last zero is only printed in ".0".
  if (load<u8>(start) == 0x30 && isSmall(point, end)) return OTHER_NUMBER
  return load<u8>(end - 1) != 0x30 || (end - point == 1) ? NORMAL_NUMBER : OTHER_NUMBER
}

/** Whether a fraction begins with four zeros, or is zero. */
function isSmall(point: usize, end: usize): bool {
  let zeros: usize = 0
  while (point + zeros < end && load<u8>(point + zeros) == 0x30) zeros++
  return zeros >= 4
}

/** Where a byte is found first from `at` on; at least `end` if it is not before. Cost: 16 bytes a step. */
// @ts-ignore: decorator
@inline
function findByte(start: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte)
  for (let at = start; at < end; at += 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), wanted))
    if (mask != 0) return at + <usize>ctz(mask)
  }
  return end
}

/** Whether all bytes are printable ASCII and none is a backslash. */
function isPlain(start: usize, end: usize): bool {
  const space = i8x16.splat(0x20)
  const last = i8x16.splat(0x7e)
  const backslash = i8x16.splat(0x5c)
  for (let at = start; at < end; at += 16) {
    const bytes = v128.load(at)
    // Bytes from 0x80 on are negative.
    let odd = v128.or(i8x16.lt_s(bytes, space), i8x16.gt_s(bytes, last))
    odd = v128.or(odd, i8x16.eq(bytes, backslash))
    const mask = i8x16.bitmask(odd)
    if (mask != 0 && at + <usize>ctz(mask) < end) return false
  }
  return true
}
