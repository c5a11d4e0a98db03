import { hash } from './hash'
import {
  ADD,
  ANY_KIND,
  EXIT_FLUSH,
  EXIT_LINE,
  EXIT_MORE,
  EXIT_NAME,
  EXIT_SERIES,
  KIND_BITS,
  NAME_BEGUN,
  NAME_BINDING,
  NAME_CHECK,
  NO_POLICY,
  OPERATION_KIND,
  OPERATION_SLOT_SHIFT,
  OUTPUT_ACCUMULATES,
  OUTPUT_DROPPED,
  OUTPUT_RULE_ERRORS,
  OUTPUT_TEXT,
  PASS,
  PASS_ON_ERROR,
  POLICY_ASKS,
  RECORD_KIND,
  RECORD_NAME,
  RECORD_OPERATIONS,
  RECORD_PASSES,
  SCRAPE_AT,
  SCRAPE_EPOCH,
  SCRAPE_PREDICTED,
  SCRAPE_KIND,
  SCRAPE_NAME,
  SCRAPE_PASSES,
  SCRAPE_REPEATED,
  SCRAPE_RESUME,
  SCRAPE_SAMPLES,
  SCRAPE_SAMPLES_MAX,
  SCRAPE_SERIES_END,
  SCRAPE_SHAPE,
  SCRATCH,
  SERIES_BYTES_MAX,
  SHAPE_KIND,
  SHAPE_NAME,
  SHAPE_NUMERIC,
  SHAPE_PLAN,
  SHAPE_PLANNED,
  SHAPE_POLICY,
} from './layout'
import { number, parseNumber } from './number'
import { noteRange } from './ranges'
import { recordAt, recordFor, setUpRecords } from './records'
import { endOfLabels, endOfName, NO_SERIES, RUNS_OUT } from './scan'
import { add, countPolicy, increment, nameAt, outputAt, see } from './scrape'
import { slotFor } from './slots'
import {
  ENTRY_HASH,
  ENTRY_LENGTH,
  ENTRY_VALUE,
  entryAt,
  findHash,
  insertHash,
  NONE,
  tableCount,
} from './table'
import { composeText, findShape, NOT_PLAIN, shapeAt, tokenize } from './tokens'

/** How many ends of the labels are tried in one line. */
const ENDS_MAX: i32 = 4
const TIMESTAMP_DIGITS_MAX: usize = 15

/** What the kernel was set up for. */
export let series: usize = 0
let outputs: u32 = 0
/** A bit for each output that lets metadata out before the first sample of a family. */
let streams: u32 = 0
/** Whether series that come twice in a scrape are told apart. */
let repeats: bool = false
/** Whether timestamps are integers. */
let integerTimestamps: bool = false

export function setUp(
  seriesTable: usize,
  tableOfRecords: usize,
  recordDirectory: usize,
  recordBytesShift: usize,
  outputCount: u32,
  streamMask: u32,
  knowsRepeats: bool,
  hasIntegerTimestamps: bool,
): void {
  series = seriesTable
  streams = streamMask
  setUpRecords(tableOfRecords, recordDirectory, recordBytesShift)
  outputs = outputCount
  repeats = knowsRepeats
  integerTimestamps = hasIntegerTimestamps
}

/** How many series may be taken in before the host has to be asked. */
let room: u32 = 0

export function setRoom(seriesCount: u32): void {
  room = seriesCount
}

/** Where the series found last ends, by `locate`. */
export let seriesEnd: usize = 0
/** The timestamp of the line read last, -1 without one. */
export let timestamp: f64 = -1

/** Whether an output has no room for another range. */
let isFull: bool = false

/** No series: the end of the labels is not here yet. */
export const CUT: u32 = 0xfffffffe

/**
 * Reads lines from `start` to `end`, where CHUNK_END_BYTES zeros and some slack follow, until something is for the host:
 * `EXIT_MORE` bytes run out, `EXIT_LINE` a line that is no plain sample of a known series, `EXIT_SERIES`
 * a new series that looks plain (see `learn`), `EXIT_NAME` the family of a metric has to be bound, `EXIT_FLUSH` the ranges
 * are full. The line that it stopped at begins at SCRAPE_AT and has had no effect.
 *
 * Cost of a line of 360 bytes in the order of the last scrape: hash 30 ns, number 5–15 ns, entry, record, name and slot
 * 5–10 ns: they are read nearly in order. In another order: 20 ns more for the end of the series and 3–4 cache misses.
 */
export function run(scrape: usize, start: usize, end: usize): i32 {
  let at = start
  let predicted = load<u32>(scrape, SCRAPE_PREDICTED)
  let resume = load<u32>(scrape, SCRAPE_RESUME)
  let exit = EXIT_MORE
  while (at < end) {
    // Fast path: the series that followed the last one in the scrape before, or the one where order was left.
    let entry = predicted
    if (!isSeries(entry, at, end)) {
      entry = resume
      if (resume == predicted || !isSeries(entry, at, end)) {
        // Slow path: look for the end of the series.
        entry = locate(at, end)
        if (entry == CUT) break
        if (entry == NONE) {
          exit = learn(scrape, at)
          if (exit != EXIT_MORE) break
          entry = learned
        }
        // Order goes on there after something new.
        resume = predicted
      }
    }
    const next = readValue(seriesEnd + 1)
    if (next == 0) {
      exit = EXIT_LINE
      break
    }
    exit = apply(scrape, entry, at, next)
    if (exit != EXIT_MORE) break
    predicted = entry + 1
    at = next
    if (isFull) {
      isFull = false
      exit = EXIT_FLUSH
      break
    }
  }
  store<u32>(scrape, <u32>at, SCRAPE_AT)
  store<u32>(scrape, predicted, SCRAPE_PREDICTED)
  store<u32>(scrape, resume, SCRAPE_RESUME)
  return exit
}

/** Whether the line is of a series that may be known; if so, where the series ends is noted. */
// @ts-ignore: decorator
@inline
export function isSeries(entry: u32, at: usize, end: usize): bool {
  if (entry >= tableCount(series)) return false
  const entryAddress = entryAt(series, entry)
  const length = <usize>load<u16>(entryAddress, ENTRY_LENGTH)
  if (at + length >= end || load<u8>(at + length) != 0x20) return false
  if (hash(at, <i32>length) != load<u64>(entryAddress, ENTRY_HASH)) return false
  seriesEnd = at + length
  return true
}

/** The known series that the line at `at` is of; NONE or CUT. */
export function locate(at: usize, end: usize): u32 {
  firstEnd = 0
  const nameEnd = endOfName(at, end)
  if (nameEnd == RUNS_OUT) return CUT
  if (nameEnd == NO_SERIES || nameEnd == at && load<u8>(at) != 0x7b) return NONE
  labelsStart = 0
  firstEnd = nameEnd
  if (load<u8>(nameEnd) == 0x20) {
    const entry = lookUp(at, nameEnd)
    firstHash = lastHash
    return entry
  }
  labelsStart = nameEnd + 1
  let from = nameEnd
  for (let ends = 0; ends < ENDS_MAX; ends++) {
    const labelsEnd = endOfLabels(from, end)
    if (labelsEnd == RUNS_OUT) return CUT
    if (labelsEnd == NO_SERIES) return NONE
    const entry = lookUp(at, labelsEnd)
    if (entry != NONE) return entry
    if (ends == 0) {
      firstEnd = labelsEnd
      firstHash = lastHash
    }
    from = labelsEnd
  }
  return NONE
}

/** Where the labels of the line that `locate` looked at last begin, 0 without labels, and where they seem to end. */
let labelsStart: usize = 0
export let firstEnd: usize = 0
/** The hash of what ends there, and of what was looked up last. */
let firstHash: u64 = 0
let lastHash: u64 = 0

/** The entry that `learn` made. */
let learned: u32 = 0

/**
 * Takes in the series of the line that `locate` did not find. EXIT_MORE: it is known now, because what becomes of it
 * depends on its names alone, and everything that it needs is there. EXIT_SERIES: the host has to decide, and finds
 * the tokens and the shape; the line has to be read again then. EXIT_LINE: the host has to read the line. EXIT_NAME: see `run`.
 *
 * Cost of a series of 340 bytes: tokens 100 ns, shape 50 ns, text of the output 50 ns, hashes 100 ns, cache misses.
 */
function learn(scrape: usize, at: usize): i32 {
  const shape = takeApart(scrape, at)
  if (shape == NOT_PLAIN) return EXIT_LINE
  if (shape == NONE) return EXIT_SERIES
  const shapeAddress = shapeAt(shape)
  if (load<u8>(shapeAddress, SHAPE_PLANNED) == 0 || room == 0) return EXIT_SERIES
  const name = load<u32>(shapeAddress, SHAPE_NAME)
  const check = load<u32>(nameAt(scrape, name), NAME_CHECK)
  if (check >> KIND_BITS != load<u32>(scrape, SCRAPE_EPOCH)) {
    store<u32>(scrape, name, SCRAPE_NAME)
    store<u32>(scrape, ANY_KIND, SCRAPE_KIND)
    store<u32>(scrape, 0, SCRAPE_PASSES)
    return EXIT_NAME
  }
  const kind = check & ANY_KIND
  if (kind != <u32>load<u8>(shapeAddress, SHAPE_KIND)) return EXIT_SERIES
  const record = plan(shapeAddress, name, kind)
  if (record == NONE) return EXIT_SERIES
  room--
  learned = insertHash(series, firstHash, <i32>(firstEnd - at), record)
  seriesEnd = firstEnd
  return EXIT_MORE
}

/** The shape of the series of the line that `locate` did not find, which the host is told of; NONE, NOT_PLAIN. */
export function takeApart(scrape: usize, at: usize): u32 {
  if (firstEnd - at > <usize>SERIES_BYTES_MAX) return NOT_PLAIN
  if (tokenize(at, labelsStart, firstEnd) < 0) return NOT_PLAIN
  const shape = findShape()
  store<u32>(scrape, shape, SCRAPE_SHAPE)
  store<u32>(scrape, <u32>firstEnd, SCRAPE_SERIES_END)
  return shape
}

/** The number of the record that the plan of a shape makes of the tokens; NONE when the host has to make it. */
function plan(shapeAddress: usize, name: u32, kind: u32): u32 {
  store<u32>(SCRATCH, name, RECORD_NAME)
  store<u32>(SCRATCH, (load<u32>(shapeAddress, SHAPE_POLICY) << KIND_BITS) | kind, RECORD_KIND)
  const numericLabel = <i32>load<u8>(shapeAddress, SHAPE_NUMERIC) - 1
  let passes: u32 = 0
  let step = shapeAddress + SHAPE_PLAN
  for (let i: u32 = 0; i < outputs; i++) {
    let operation: u32 = load<u8>(step)
    const labels: u32 = load<u8>(step, 1)
    if (operation == PASS) passes |= (streams >> i) & 1 ? <u32>1 << i : 0
    if ((operation & OPERATION_KIND) == ADD) {
      const length = composeText(step + 2, labels, numericLabel)
      if (length == 0) return NONE
      operation |= slotFor(i, name, OUTPUT_TEXT, length) << OPERATION_SLOT_SHIFT
    }
    store<u32>(SCRATCH + RECORD_OPERATIONS + (<usize>i << 2), operation)
    step += 2 + <usize>labels
  }
  store<u32>(SCRATCH, passes, RECORD_PASSES)
  return recordFor(<i32>RECORD_OPERATIONS + <i32>(outputs << 2))
}

function lookUp(at: usize, end: usize): u32 {
  const length = <i32>(end - at)
  if (length > SERIES_BYTES_MAX) return NONE
  seriesEnd = end
  lastHash = hash(at, length)
  return findHash(series, lastHash, length)
}

/**
 * Reads value and timestamp to the end of the line: where the next line begins; 0 when the host has to read it. What
 * is read to `end` stops at the zero there, which no line has here: then the host is asked, who finds the line cut.
 */
// @ts-ignore: decorator
@inline
export function readValue(start: usize): usize {
  const valueEnd = parseNumber(start)
  if (valueEnd == 0) return 0
  timestamp = -1
  const byte = load<u8>(valueEnd)
  if (byte == 0x0a) return valueEnd + 1
  if (byte != 0x20 || !integerTimestamps) return 0
  return readTimestamp(valueEnd + 1)
}

/** An integer without leading zeros, which a float64 holds, so that it is printed as it came. */
function readTimestamp(start: usize): usize {
  let at = start
  let milliseconds: u64 = 0
  let digit: u32 = <u32>load<u8>(at) - 0x30
  while (digit < 10 && at - start <= TIMESTAMP_DIGITS_MAX) {
    milliseconds = milliseconds * 10 + <u64>digit
    digit = <u32>load<u8>(++at) - 0x30
  }
  const digits = at - start
  if (digits == 0 || digits > TIMESTAMP_DIGITS_MAX || (digits > 1 && load<u8>(start) == 0x30)) return 0
  if (load<u8>(at) != 0x0a) return 0
  timestamp = <f64>milliseconds
  return at + 1
}

/** Does to the outputs what is decided about the series. */
// @ts-ignore: decorator
@inline
function apply(scrape: usize, entry: u32, start: usize, end: usize): i32 {
  const samples = load<u32>(scrape, SCRAPE_SAMPLES)
  if (samples == load<u32>(scrape, SCRAPE_SAMPLES_MAX)) return EXIT_LINE
  const record = load<u32>(entryAt(series, entry), ENTRY_VALUE)
  const at = recordAt(record)
  const decided = load<u32>(at, RECORD_KIND)
  const policy = decided >> KIND_BITS
  if (policy == POLICY_ASKS) return EXIT_LINE
  const kind = decided & ANY_KIND
  const name = nameAt(scrape, load<u32>(at, RECORD_NAME))
  const check = (load<u32>(scrape, SCRAPE_EPOCH) << KIND_BITS) | kind
  const missing = load<u32>(at, RECORD_PASSES) & ~load<u32>(name, NAME_BEGUN)
  if (load<u32>(name, NAME_CHECK) != check || missing != 0) {
    store<u32>(scrape, load<u32>(at, RECORD_NAME), SCRAPE_NAME)
    store<u32>(scrape, kind, SCRAPE_KIND)
    store<u32>(scrape, load<u32>(at, RECORD_PASSES), SCRAPE_PASSES)
    return EXIT_NAME
  }
  store<u32>(scrape, samples + 1, SCRAPE_SAMPLES)
  if (policy != NO_POLICY) countPolicy(scrape, policy)
  const repeated = see(scrape, entry) && repeats
  if (repeated) increment(scrape + SCRAPE_REPEATED)
  const binding = load<u32>(name, NAME_BINDING)
  for (let i: u32 = 0; i < outputs; i++) {
    const output = outputAt(scrape, i)
    const operation = load<u32>(at + RECORD_OPERATIONS + (<usize>i << 2))
    if (load<u32>(output, OUTPUT_ACCUMULATES) != 0) {
      if (repeated) continue
      if ((operation & OPERATION_KIND) >= ADD) add(output, operation, number, timestamp, binding)
      else increment(output + OUTPUT_DROPPED + (<usize>operation << 2))
    } else if (operation >= PASS) {
      if (operation == PASS_ON_ERROR) increment(output + OUTPUT_RULE_ERRORS)
      if (noteRange(output, start, end, 1)) isFull = true
    } else increment(output + OUTPUT_DROPPED + (<usize>operation << 2))
  }
  return EXIT_MORE
}
